"""Reads prepared cases, one JSON object a line, into frozen values. It opens no file.

The format is in deploy/docs/files.md. Unknown keys are ignored.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from chatbot.ci import Author, ChangedFile, Commit, Conclusion
from chatbot.errors import ConfigError
from chatbot.suspects.case import Case, Evidence, FailureText


class _Commit(Struct):
    sha: str
    committed_at: datetime | None = None
    title: str = ""
    author: str | Author | None = None
    pr: int | None = None
    files: tuple[ChangedFile, ...] | None = None


class _Failure(Struct):
    workflow: str | None = None
    job: str | None = None
    tests: tuple[str, ...] | None = None
    line: str | None = None
    text: str | None = None


class _Outcome(Struct):
    sha: str
    job: str | None = None
    conclusion: str | None = None
    attempt: int | None = None
    started_at: datetime | None = None


class _Case(Struct):
    id: str
    commits: tuple[_Commit, ...] = ()
    last_green: str | None = None
    first_failing: str | None = None
    failures: tuple[_Failure, ...] | None = None
    outcomes: tuple[_Outcome, ...] | None = None
    flake_rate: float | None = None
    paths: tuple[str, ...] | None = None
    culprit: str | None = None


_DECODER = msgspec.json.Decoder(_Case)
_UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def parse_case(line: bytes | str, *, where: str) -> tuple[Case, str | None]:
    """The case of one line and its culprit, where given. *where* is `file:line`, for the error.

    Raises:
        ConfigError: the line is not JSON or not a case.
    """
    try:
        read = _DECODER.decode(line)
    except RecursionError as error:
        raise ConfigError(f"{where}: not a suspect case: nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: not a suspect case: {error}") from error
    if read.flake_rate is not None and not 0 <= read.flake_rate <= 1:
        raise ConfigError(f"{where}: not a suspect case: flake_rate {read.flake_rate!r} is not between 0 and 1")
    case = Case(
        id=read.id,
        commits=tuple(map(_commit, read.commits)),
        last_green=read.last_green,
        first_failing=read.first_failing,
        failures=tuple(FailureText(f.workflow, f.job, f.tests or (), f.line, f.text) for f in read.failures or ()),
        outcomes=tuple(filter(None, map(_evidence, read.outcomes or ()))),
        flake_rate=read.flake_rate,
        paths=read.paths or (),
    )
    return case, read.culprit


def _commit(read: _Commit) -> Commit:
    author = read.author if isinstance(read.author, Author) else Author(login=read.author)
    return Commit(read.sha, _utc(read.committed_at) or _UNKNOWN_TIME, read.title, author, read.pr, read.files)


def _evidence(read: _Outcome) -> Evidence | None:
    """An attempt that says something: red or green. Anything else (cancelled, skipped, unfinished) is dropped."""
    known = frozenset(Conclusion)
    conclusion = Conclusion(read.conclusion) if read.conclusion in known else None
    if conclusion is None or not (conclusion.failed or conclusion is Conclusion.SUCCESS):
        return None
    return Evidence(read.sha, read.job or "", conclusion.failed, read.attempt or 1, _utc(read.started_at))


def _utc(time: datetime | None) -> datetime | None:
    """*time* in UTC; one without a zone is taken for UTC."""
    if time is None:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
