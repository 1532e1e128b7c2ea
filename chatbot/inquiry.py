"""An alert's range of commits as a question to `suspects`, and its answer as the alert shows it. Pure.

What is asked about: the commits after the last green up to the first failing one. Results of the commits
around them are evidence, never candidates: a suspect lies within (green, red].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from chatbot.alert import Alert, AlertJob, Entry, Group, Kind, Seen, Suspect
from chatbot.ci import ChangedFile, Commit, Failure, Job
from chatbot.loglines import Explanation
from chatbot.suspects import Case, Evidence, FailureText, Ranking
from chatbot.suspects import Suspect as RankedCommit
from chatbot.trunk import Cell, Outcome, Trunk

_JOBS = 12  # jobs of a group that testify: more of the same say nothing new
_AROUND = 20  # commits before and after the range whose results count
_SHOWN = 5  # suspects an alert keeps


def case_of(
    group: Group, alert: Alert, trunk: Trunk, *, files: Mapping[str, Sequence[ChangedFile]], paths: tuple[str, ...]
) -> Case:
    """What `suspects.rank` is asked about *group*. *files* may lack commits: those are judged by their titles."""
    last_green = group.last_green.sha if group.last_green else None
    first_failing = group.first_failing.sha if group.first_failing else None
    commits = tuple(
        msgspec.structs.replace(c, files=tuple(files[c.sha])) if c.sha in files else c
        for c in trunk.between(last_green, first_failing or "")
    )
    jobs = [job for job in alert.jobs if job.job in set(group.jobs)][:_JOBS]
    return Case(
        id=alert.id,
        commits=commits,
        last_green=last_green,
        first_failing=first_failing,
        failures=tuple(_text(job) for job in jobs),
        outcomes=tuple(evidence(trunk, [job.job for job in jobs], commits)),
        flake_rates={str(job.job): flake_rate(trunk, job.job) for job in jobs},
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


def flake_rate(trunk: Trunk, job: Job) -> float:
    """How often *job* fails on good commits: `(F + 0.3) / (F + S + 0.8)` before its streak, within [0.005, 0.6]."""
    column = trunk.jobs.get(job)
    if column is None:
        return 0.05
    before = column.outcomes[trunk.start : column.outcomes.rfind(Outcome.GREEN, trunk.start) + 1]
    flaked = column.flakes.count(1, trunk.start)
    failed, passed = before.count(Outcome.RED) + flaked, before.count(Outcome.GREEN)
    return min(0.6, max(0.005, (failed + 0.3) / (failed + passed + 0.8)))


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
    first = group.first_failing.sha if group.first_failing else ""
    inside = {c.sha for c in trunk.between(group.last_green.sha if group.last_green else None, first)}
    kept = tuple(one for one in ranking.suspects if one.sha in inside)
    whole = sum(one.probability for one in kept) + ranking.not_a_commit or 1.0
    return tuple(msgspec.structs.replace(one, probability=one.probability / whole) for one in kept), whole


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


def with_answers(alert: Alert, answers: Sequence[Group], *, at: datetime) -> Alert:
    """*alert* with ranked groups; its thread tells when the favourite is another than before."""
    ranked = {(g.last_green, g.first_failing): g for g in answers}
    groups = tuple(
        msgspec.structs.replace(ranked[key], jobs=g.jobs) if (key := (g.last_green, g.first_failing)) in ranked else g
        for g in alert.groups
    )
    news = []
    for before, after in zip(alert.groups, groups, strict=True):
        old, new = favourite(before), favourite(after)
        if old is not None and new is not None and old.commit.sha != new.commit.sha:
            news.append(Entry(f"favourite:{new.commit.sha}:{alert.version}", Kind.FAVOURITE, at, suspect=new))
    return alert.changed(at=at, groups=groups).said(*news)


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
