"""An alert's range of commits as a question to `suspects`, and its answer as the alert shows it. Pure.

What is asked about: the commits after the last green up to the first failing one. Results of the commits
around them are evidence, never candidates: a suspect lies within (green, red].
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chatbot import signals
from chatbot.alert import Alert, AlertJob, Culprit, Entry, Group, Kind, Seen, Suspect
from chatbot.ci import ChangedFile, Commit, Failure, Job
from chatbot.loglines import Explanation
from chatbot.suspects import Case, Evidence, FailureText
from chatbot.trunk import Cell, Outcome, Trunk

if TYPE_CHECKING:  # importing it compiles many patterns, which a green trunk never needs
    from chatbot.suspects import Ranking
    from chatbot.suspects import Suspect as RankedCommit

_JOBS = 12  # jobs of a group that testify: more of the same say nothing new
_AROUND = 20  # commits before and after the range whose results count
_SHOWN = 5  # suspects an alert keeps
_LEAD = 0.15  # by which a new favourite must lead the one people were told of: below it the two may swap again


def case_of(
    group: Group, alert: Alert, trunk: Trunk, *, files: Mapping[str, Sequence[ChangedFile]], paths: tuple[str, ...]
) -> Case:
    """What `suspects.rank` is asked about *group*. *files* may lack commits: those are judged by their titles."""
    last_green = group.last_green.sha if group.last_green else None
    first_failing = group.first_failing.sha if group.first_failing else None
    commits = tuple(
        msgspec.structs.replace(c, files=tuple(files[c.sha])) if c.sha in files else c for c in range_of(group, trunk)
    )
    jobs = [job for job in alert.jobs if job.job in set(group.jobs)][:_JOBS]
    return Case(
        id=alert.id,
        commits=commits,
        last_green=last_green,
        first_failing=first_failing,
        failures=tuple(_text(job) for job in jobs),
        outcomes=tuple(evidence(trunk, [job.job for job in jobs], commits)),
        flake_rates={str(job.job): signals.earlier(trunk, job.job).flake_rate for job in jobs},
        paths=paths,
    )


def evidence(trunk: Trunk, jobs: Iterable[Job], commits: Sequence[Commit]) -> Iterable[Evidence]:
    """What *jobs* said on *commits* and around them; a red that passed when it ran again testifies twice."""
    if not commits:
        return
    first, last = trunk.index(commits[0].sha) or 0, trunk.index(commits[-1].sha) or 0
    nearby = range(max(trunk.start, first - _AROUND), min(len(trunk.commits), last + _AROUND + 1))
    for job in jobs:
        column = trunk.jobs.get(job)
        for index in nearby if column else ():
            outcome = column.outcomes[index] if column else 0
            if not outcome or column is None:
                continue
            sha, started = trunk.commits[index].sha, _started(trunk.cells(job, trunk.commits[index].sha))
            if column.flakes[index]:
                yield Evidence(sha, str(job), failed=True, started_at=started)
            yield Evidence(
                sha, str(job), failed=outcome == Outcome.RED, attempt=2 - (not column.flakes[index]), started_at=started
            )


def _started(cells: Sequence[Cell]) -> datetime | None:
    return min((cell.started_at for cell in cells if cell.started_at), default=None)


def _text(job: AlertJob) -> FailureText:
    failure = job.failure or Failure()
    return FailureText(
        workflow=job.job.workflow,
        job=job.job.name,
        tests=failure.tests,
        line=failure.line,
        infrastructure=job.infrastructure,
    )


def within(group: Group, ranking: Ranking, trunk: Trunk) -> tuple[tuple[RankedCommit, ...], float]:
    """The suspects of *group*'s range, most likely first, and what they are to be divided by.

    What lies outside the range was evidence, not a candidate: it is left out, and the rest counts as the whole.
    """
    inside = {c.sha for c in range_of(group, trunk)}
    kept = tuple(one for one in ranking.suspects if one.sha in inside)
    whole = sum(one.probability for one in kept) + ranking.not_a_commit or 1.0
    return tuple(msgspec.structs.replace(one, probability=one.probability / whole) for one in kept), whole


def alone(group: Group, ranking: Ranking, trunk: Trunk) -> dict[str, float]:
    """How likely each commit of *group*'s range would be by its looks, had no job run on any of them."""
    inside = {c.sha for c in range_of(group, trunk)}
    scores = {sha: math.exp(score) for sha, score in zip(ranking.shas, ranking.scores, strict=True) if sha in inside}
    whole = sum(scores.values())
    return {sha: score / whole for sha, score in scores.items()}


def range_of(group: Group, trunk: Trunk) -> tuple[Commit, ...]:
    """The candidates: the commits after the last green up to the first failing, as far as the window has them."""
    first = group.first_failing.sha if group.first_failing else ""
    return trunk.between(group.last_green.sha if group.last_green else None, first)


def answered(group: Group, ranking: Ranking, trunk: Trunk) -> Group:
    """*group* with its suspects ranked."""
    kept, whole = within(group, ranking, trunk)
    inside = {one.sha for one in kept}
    suspects = tuple(
        Suspect(Seen.of(commit), round(one.probability, 3), one.reasons)
        for one in kept[:_SHOWN]
        if (commit := trunk.commit(one.sha)) is not None
    )
    return msgspec.structs.replace(
        group,
        suspects=suspects,
        candidates=len(inside),
        not_a_commit=round(ranking.not_a_commit / whole, 3),
        infrastructure=round(ranking.infrastructure / whole, 3),
        named=ranking.named is not None and ranking.named.sha in inside,
        likely=sum(sha in inside for sha in ranking.likely_set),
        rerun=ranking.next_rerun if ranking.next_rerun in inside else None,
    )


class Answer(msgspec.Struct, frozen=True):
    """A ranked group; `settled` when everything that was to be asked has been answered: all files, all logs."""

    group: Group
    settled: bool = True


def with_answers(alert: Alert, answers: Sequence[Answer], *, at: datetime) -> Alert:
    """*alert* with ranked groups; its thread tells when the favourite is clearly another than people were told."""
    ranked = {(a.group.last_green, a.group.first_failing): a for a in answers}
    solved = {job for culprit in alert.found for job in culprit.jobs}
    groups, news = [], []
    for before in alert.groups:
        answer = ranked.get((before.last_green, before.first_failing))
        group = before
        if answer is not None:
            group = msgspec.structs.replace(answer.group, jobs=before.jobs, told=before.told)
            if answer.settled and alert.snooze is None and not solved.issuperset(group.jobs):
                group, other = _named(group)
                news += [other] if other else []
        groups.append(group)
    # An id without the version: back and forth between two commits is told once each.
    said = (Entry(f"favourite:{alert.reopened}:{s.commit.sha}", Kind.FAVOURITE, at, suspect=s) for s in news)
    return alert.changed(at=at, groups=tuple(groups)).said(*said)


def _named(group: Group) -> tuple[Group, Suspect | None]:
    """*group* with its favourite as the one people know, and that one if it is news to them."""
    new = favourite(group)
    if new is None or new.commit.sha == group.told:
        return group, None
    before = next((s.probability or 0.0 for s in group.suspects if s.commit.sha == group.told), 0.0)
    if group.told is not None and (new.probability or 0.0) - before < _LEAD:
        return group, None
    return msgspec.structs.replace(group, told=new.commit.sha), new if group.told is not None else None


def favourite(group: Group) -> Suspect | None:
    """The suspect worth naming, where something ranked them and one stands out."""
    first = group.suspects[0] if group.suspects else None
    return first if first is not None and first.probability is not None and group.named else None


def with_failures(alert: Alert, explained: Mapping[Job, Explanation], *, at: datetime) -> Alert:
    """*alert* with why its jobs failed, as far as their logs were read."""
    jobs = tuple(
        msgspec.structs.replace(
            job,
            failure=Failure(found.line, found.line_number, found.tests[:20]),
            fingerprint=found.fingerprint,
            infrastructure=found.infrastructure,
        )
        if (found := explained.get(job.job)) is not None
        else job
        for job in alert.jobs
    )
    return alert.changed(at=at, jobs=jobs)


def question(culprit: Culprit, trunk: Trunk) -> Group:
    """The range that *culprit* broke, as it would be asked about."""
    green, first = trunk.commit(culprit.last_green or ""), trunk.commit(culprit.first_failing or "")
    return Group(culprit.jobs, Seen.of(green) if green else None, Seen.of(first) if first else None)


def explained(alert: Alert, group: Group) -> bool:
    """Whether why they fail is known of all jobs of *group*, as far as it can be."""
    return all(job.failure is not None for job in alert.jobs if job.job in set(group.jobs))


def unexplained(alert: Alert, trunk: Trunk, *, at_most: int) -> list[tuple[Job, str, Cell]]:
    """Cells worth reading the log of, as (job, sha, cell): the first failure of each job that is not explained."""
    wanted = []
    for job in alert.jobs:
        if job.healed or job.failure is not None or job.first_failing is None:
            continue
        failed = [
            c for c in trunk.cells(job.job, job.first_failing) if c.conclusion is not None and c.conclusion.failed
        ]
        wanted += [(job.job, job.first_failing, cell) for cell in failed[:1]]
    return wanted[:at_most]
