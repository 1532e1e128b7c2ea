"""What goes wrong in the story, by the commits' places in trunk order, counted from 0.

- 5: a flake. A runner dies under `inductor_timm`; the re-run on the same commit is green.
- 9: a test of `dynamo_wrapped` fails once, and never again.
- 12, 13: their inductor runs are cancelled by the pushes that follow within minutes.
- 13 to 17: the fusion of epilogues breaks three inductor jobs. It shows first on 14, so that 12, 13 and 14 are
  suspects; 14 to 16 make three in a row, 17 is the fourth; 18 reverts.
- 20, 21: lint is red, 22 puts it right.
- 24 to 27: the reland breaks the same jobs; 28 repairs it forward.
- from 34: a kernel breaks `default` on the CPU, and nobody has repaired it when the story ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from chatbot.ci import Conclusion
from chatbot.sandbox.story import failures
from chatbot.sandbox.story.failures import Reason
from chatbot.sandbox.story.jobs import Shard


class Outcome(Struct, frozen=True):
    """How an attempt ends, and why if it fails; `again` is how its re-run ends, where somebody asks for one."""

    conclusion: Conclusion
    reason: Reason | None = None
    again: Conclusion | None = None


class Trouble(Struct, frozen=True):
    """What befalls jobs like the glob `job` on the commits `first` to `last`."""

    first: int
    last: int
    job: str
    outcome: Outcome


SUCCESS = Outcome(Conclusion.SUCCESS)
SKIPPED = Outcome(Conclusion.SKIPPED)
CANCELLED = Outcome(Conclusion.CANCELLED)
FOR_EVER = 10_000


def _red(reason: Reason, again: Conclusion | None = None) -> Outcome:
    return Outcome(Conclusion.FAILURE, reason, again)


TROUBLES = (
    Trouble(5, 5, "* / test (inductor_timm, 2, *", _red(failures.RUNNER_LOST, again=Conclusion.SUCCESS)),
    Trouble(9, 9, "* / test (dynamo_wrapped, 2, *", _red(failures.FLAKY_TEST)),
    Trouble(14, 14, "* / test (inductor, 1, *", _red(failures.EPILOGUE, again=Conclusion.FAILURE)),
    *(
        Trouble(first, last, job, _red(reason))
        for first, last in ((13, 17), (24, 27))
        for job, reason in (
            ("* / test (inductor, 1, *", failures.EPILOGUE),
            ("* / test (inductor_cpp_wrapper, 2, *", failures.EPILOGUE_WRAPPER),
            ("* / test (inductor_amx, 1, *", failures.EPILOGUE_CPU),
        )
    ),
    Trouble(20, 21, "lintrunner-noclang / *", _red(failures.IMPORTS)),
    Trouble(34, FOR_EVER, "linux-jammy-py3.10-clang12 / test (default, 2, *", _red(failures.SOFTMAX)),
    Trouble(0, FOR_EVER, "* / test (inductor_smoketest_perf, *", _red(failures.PERF)),
    Trouble(8, 8, "macos-* / *", SKIPPED),
    Trouble(19, 19, "macos-* / *", SKIPPED),
    Trouble(21, 21, "win-vs2022-* / *", CANCELLED),
    Trouble(31, 31, "*-mobile-lightweight-dispatch-build / *", CANCELLED),
)

PUSHED_OVER = {12: "inductor", 13: "inductor"}
"""Workflows that the next push cancels, by commit: a concurrency group."""


def outcome(commit: int, shard: Shard) -> Outcome:
    """How *shard* ends on the commit in that place."""
    return next(_fitting(commit, shard), SUCCESS)


def _fitting(commit: int, shard: Shard) -> Iterator[Outcome]:
    for trouble in TROUBLES:
        if trouble.first <= commit <= trouble.last and fnmatchcase(shard.name, trouble.job.replace("[", "[[]")):
            yield trouble.outcome
