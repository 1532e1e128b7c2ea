"""What a workflow is packed to, where its jobs are called what nobody would call them, or are too many."""

from __future__ import annotations

from chatbot.ci import Attempt, Conclusion, Job
from chatbot.packing import pack, pack_names, unpack, unpack_names
from chatbot.trunk import Trunk
from tests.trunks import commit, sha


def attempt(job: str, number: int, *, run: int = 1) -> Attempt:
    return Attempt(sha(1), "w", job, run_id=run, job_id=number, conclusion=Conclusion.FAILURE)


def restored(trunk: Trunk) -> Trunk:
    """*trunk* as storage would give it back."""
    other = Trunk("t", window=10)
    other.apply([commit(1)], [])
    unpack_names(other, "w", pack_names(trunk, "w"))
    unpack(other, sha(1), "w", pack(trunk, sha(1), "w"))
    return other


def test_a_nul_in_a_name_moves_no_other_name() -> None:
    trunk = Trunk("t", window=10)
    trunk.apply([commit(1)], [attempt("a\0b", 1), attempt("c", 2)])
    [cell] = restored(trunk).cells(Job("w", "c"), sha(1))
    assert cell.job_id == 2


def test_two_names_that_are_stored_alike_move_no_other_name_either() -> None:
    trunk = Trunk("t", window=10)
    trunk.apply([commit(1)], [attempt("a\0b", 1), attempt("a b", 2), attempt("c", 3)])
    other = restored(trunk)
    other.apply([], [attempt("d", 4)])
    again = restored(other)
    found = {cell.shard: cell.job_id for job in again.jobs for cell in again.cells(job, sha(1))}
    assert (found["c"], found["d"], len(found)) == (3, 4, 4)


def test_more_names_than_can_be_numbered_are_packed_as_far_as_they_can() -> None:
    trunk = Trunk("t", window=1)
    trunk.apply([commit(1)], [attempt("first", 1)])
    numbers = trunk.workflows["w"].numbers
    numbers |= {f"gone-{number}": len(numbers) + number for number in range(70_000)}
    trunk.apply([], [attempt("last", 2)])
    other = restored(trunk)
    assert [len(other.cells(Job("w", name), sha(1))) for name in ("first", "last")] == [1, 0]


def test_more_runs_than_can_be_numbered_keep_the_newest() -> None:
    trunk = Trunk("t", window=10)
    trunk.apply([commit(1)], [attempt(f"j{run}x", run, run=run) for run in range(1, 301)])
    kept = [len(restored(trunk).cells(Job("w", f"j{run}x"), sha(1))) for run in (1, 45, 46, 300)]
    assert kept == [0, 0, 1, 1]
