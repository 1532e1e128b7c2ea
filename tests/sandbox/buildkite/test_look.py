"""Hints: the builds that a webhook names are read, and nothing else."""

from __future__ import annotations

import pytest

from chatbot.ci import Conclusion
from chatbot.hints import Hint
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sources import Cursor, Looks
from chatbot.sources.buildkite import BuildkiteSource
from tests.trunks import sha

WINDOW = 50


@pytest.fixture
async def cursor(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> Cursor:
    for n in range(3):
        buildkite.job(buildkite.build(sha(n), "running"), "RSpec", "running")
    poll = await source.poll(None, window=WINDOW)
    buildkite.paths()
    return poll.cursor


def named(*numbers: int) -> Hint:
    return Hint(runs=frozenset((sha(n - 1), n) for n in numbers))


async def test_only_the_build_that_is_named_is_read(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: Cursor
) -> None:
    buildkite.end(buildkite.builds[2]["jobs"][0]["id"], "failed")

    poll = await source.look(cursor, named(2), window=WINDOW)

    assert isinstance(source, Looks)
    assert [(a.sha, a.conclusion) for a in poll.attempts] == [(sha(1), Conclusion.FAILURE)]
    assert [path.partition("?")[0].rpartition("/builds")[2] for path in buildkite.paths()] == ["/2"]


async def test_what_was_not_named_is_found_by_the_next_poll(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: Cursor
) -> None:
    for number in (1, 2):
        buildkite.end(buildkite.builds[number]["jobs"][0]["id"], "failed")
        buildkite.change(number, state="failed")

    look = await source.look(cursor, named(2), window=WINDOW)
    poll = await source.poll(look.cursor, window=WINDOW)

    assert [a.sha for a in poll.attempts] == [sha(0)]


async def test_a_new_build_is_listed_and_read(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: Cursor
) -> None:
    buildkite.change(1, state="passed")
    buildkite.end(buildkite.builds[1]["jobs"][0]["id"], "passed")
    number = buildkite.build(sha(3))
    buildkite.job(number, "RSpec")

    look = await source.look(cursor, named(number), window=WINDOW)
    poll = await source.poll(look.cursor, window=WINDOW)

    assert ([c.sha for c in look.commits], [a.sha for a in look.attempts]) == ([sha(3)], [sha(3)])
    assert ([c.sha for c in poll.commits], [a.sha for a in poll.attempts]) == ([], [sha(0)])


async def test_a_look_before_anything_was_read_reads_everything(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: Cursor
) -> None:
    assert len((await source.look({}, named(1), window=WINDOW)).attempts) == 3


async def test_a_build_that_does_not_exist_changes_nothing(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: Cursor
) -> None:
    look = await source.look(cursor, Hint(runs=frozenset({("f" * 40, 99)})), window=WINDOW)

    assert (look.commits, look.attempts, look.rewritten) == ((), (), False)


async def test_a_commit_that_comes_late_has_the_window_read_anew(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: Cursor
) -> None:
    late = buildkite.build("HEAD", "scheduled")
    buildkite.build(sha(9))
    poll = await source.poll(cursor, window=WINDOW)
    buildkite.change(late, commit=sha(8), state="running")

    look = await source.look(poll.cursor, Hint(head=True), window=WINDOW)

    assert (look.rewritten, [c.sha for c in look.commits][-2:]) == (True, [sha(8), sha(9)])


async def test_looks_share_what_is_left_of_the_limit(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: Cursor
) -> None:
    buildkite.remaining = 60
    await source.look(cursor, named(1), window=WINDOW)
    buildkite.paths()

    await source.look(cursor, named(1, 2, 3), window=WINDOW)

    assert len(buildkite.paths()) == 1
