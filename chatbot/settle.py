"""Makes an alert follow its watch's verdict: opens it, lets it grow, resolves it, opens it again.

Pure, and the only place where a verdict becomes a change of an alert. Applying the same verdict twice
changes nothing the second time, so a poll that is repeated after a crash says nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chatbot import culprits, presses, signals, snooze
from chatbot.alert import Alert, AlertJob, Entry, Group, Kind, Seen, State, Suspect
from chatbot.ci import Job
from chatbot.trunk import Outcome, Trunk
from chatbot.watch import Broken, Verdict, Watch, ranges

_DRAWN = 8  # outcomes drawn of a job: what fits a phone's width beside its name
_DRAWING = bytes.maketrans(bytes((Outcome.GREEN, Outcome.RED)), b"+x")
_REMEMBERED = 200  # failing commits an alert remembers: the default window


def settle(
    present: Alert | None, watch: Watch, verdict: Verdict, trunk: Trunk, *, inhibited_by: tuple[str, ...] = ()
) -> Alert | None:
    """The alert of *watch* after *verdict*: *present* itself where nothing changes, `None` where there is none.

    *present* is the newest alert of the watch, open or resolved. While there are *inhibited_by*, watches with an open
    alert that keep this one quiet, nothing opens, and what is open goes on without a word until it is resolved.
    """
    if inhibited_by and (present is None or not present.open):
        return present
    after = _settled(present, watch, verdict, trunk)
    if after is None:
        return None
    after = culprits.noticed(after, trunk, at=verdict.at)
    return _kept_quiet(present, after, verdict, inhibited_by) if present is not None else after


def _kept_quiet(before: Alert, after: Alert, verdict: Verdict, by: tuple[str, ...]) -> Alert:
    """*after* without the replies that nobody needs while other watches say it all; with one when that is over."""
    if by:
        news = after.entries[len(before.entries) :]
        said = tuple(entry for entry in news if entry.kind is Kind.RESOLVED)
        after = msgspec.structs.replace(after, entries=before.entries + said)
    elif before.inhibited_by and after.open and verdict.breached:
        number = sum(entry.kind is Kind.RELEASED for entry in after.entries) + 1
        after = after.said(Entry(f"released:{number}", Kind.RELEASED, verdict.at, jobs=_jobs(after)))
    if before.open or after.open:
        after = after.changed(at=verdict.at, inhibited_by=by if after.open else ())
    return after


def _jobs(alert: Alert) -> tuple[Job, ...]:
    return tuple(job.job for job in alert.broken)


def _settled(present: Alert | None, watch: Watch, verdict: Verdict, trunk: Trunk) -> Alert | None:
    if present is not None and present.open:
        return _go_on(present, watch, verdict, trunk)
    verdict = _without_dismissed(present, watch, verdict)
    if not verdict.breached:
        return present
    if present is not None and presses.may_reopen(present, within=watch.config.reopen_within, now=verdict.at):
        return _reopen(present, verdict, trunk)
    return _open(present, watch, verdict, trunk)


def _without_dismissed(present: Alert | None, watch: Watch, verdict: Verdict) -> Verdict:
    """*verdict* without the failures that a person resolved by hand and that have not been green since."""
    if present is None or not present.dismissed:
        return verdict
    dismissed = set(present.dismissed)
    broken = tuple(b for b in verdict.broken if (b.job, b.first_failing) not in dismissed)
    return msgspec.structs.replace(verdict, broken=broken, breached=len(broken) >= watch.config.when.failing_jobs)


def _open(previous: Alert | None, watch: Watch, verdict: Verdict, trunk: Trunk) -> Alert:
    jobs = tuple(described(b, trunk) for b in verdict.broken)
    return Alert(
        id=f"{watch.id}:{verdict.at:%Y%m%dT%H%M%S}-{(verdict.head or '')[:7]}",
        watch=watch.id,
        trunk=trunk.id,
        opened_at=verdict.at,
        opened_on=verdict.head or "",
        changed_at=verdict.at,
        jobs=jobs,
        failing=commits(trunk, (sha for b in verdict.broken for sha in b.failing)),
        groups=groups(verdict.broken, trunk),
        previous=previous.delivery.link if previous else None,
    )


def _reopen(present: Alert, verdict: Verdict, trunk: Trunk) -> Alert:
    turn = present.turn + 1
    return present.changed(
        at=verdict.at,
        state=State.OPEN,
        turn=turn,
        reopened=present.reopened + 1,
        reopened_at=verdict.at,
        resolved_at=None,
        resolved_by=None,
        acknowledged_by=None,
        acknowledged_at=None,
        dismissed=(),
        jobs=tuple(described(b, trunk) for b in verdict.broken),
        failing=commits(trunk, (sha for b in verdict.broken for sha in b.failing)),
        groups=groups(verdict.broken, trunk),
    ).said(Entry(f"reopened:{turn}", Kind.REOPENED, verdict.at, jobs=tuple(b.job for b in verdict.broken)))


def _go_on(present: Alert, watch: Watch, verdict: Verdict, trunk: Trunk) -> Alert:
    broken = {b.job: b for b in verdict.broken}
    known = {job.job for job in present.jobs}
    joined = tuple(b for b in verdict.broken if b.job not in known)
    jobs = tuple(_refreshed(job, broken.get(job.job), watch, trunk) for job in present.jobs)
    jobs += tuple(described(b, trunk) for b in joined)
    if all(job.healed for job in jobs) and not present.firing:
        return presses.resolved(present.changed(at=verdict.at, jobs=jobs), at=verdict.at)
    news = _newly_failing(present, jobs, trunk)
    grouped = groups((_as_broken(job, trunk) for job in jobs if not job.healed), trunk)
    after = present.changed(
        at=verdict.at,
        jobs=jobs,
        failing=(present.failing + news)[-_REMEMBERED:],
        groups=_with_known_suspects(grouped, present.groups),
    )
    if present.snooze is not None:
        why = snooze.over(present.snooze, trunk, now=verdict.at)
        return presses.woken(after, at=verdict.at, why=why) if why else after
    return after.said(
        *_about_joined(joined, known, grouped, trunk=trunk, verdict=verdict),
        *_about_commits(joined, news, jobs, trunk=trunk, verdict=verdict),
    )


def _about_joined(
    joined: tuple[Broken, ...], known: set[Job], grouped: tuple[Group, ...], *, trunk: Trunk, verdict: Verdict
) -> list[Entry]:
    """What the thread says of jobs that joined, those with a range of their own apart."""
    elsewhere = {job for group in grouped if known and not known & set(group.jobs) for job in group.jobs}
    replies = []
    for kind, some in (
        (Kind.OTHER_RANGE, tuple(b for b in joined if b.job in elsewhere)),
        (Kind.FAILING_JOBS, tuple(b for b in joined if b.job not in elsewhere)),
    ):
        if some:
            name = f"{kind}:{some[0].job}:{some[0].first_failing}"
            first = trunk.commit(some[0].first_failing or "")
            jobs = tuple(b.job for b in some)
            replies.append(Entry(name, kind, verdict.at, jobs=jobs, commit=Seen.of(first) if first else None))
    return replies


def _about_commits(
    joined: tuple[Broken, ...],
    news: tuple[Seen, ...],
    jobs: tuple[AlertJob, ...],
    *,
    trunk: Trunk,
    verdict: Verdict,
) -> list[Entry]:
    """What the thread says of commits that fail anew, unless only jobs that just joined failed on them."""
    new = {b.job for b in joined}
    replies = []
    for commit in news:
        outcomes = trunk.outcomes(commit.sha)
        red = tuple(j.job for j in jobs if outcomes.get(j.job) is Outcome.RED)
        if set(red) - new:
            replies.append(Entry(f"failing:{commit.sha}", Kind.FAILING_COMMIT, verdict.at, commit=commit, jobs=red))
    return replies


def _newly_failing(present: Alert, jobs: tuple[AlertJob, ...], trunk: Trunk) -> tuple[Seen, ...]:
    known = {commit.sha for commit in present.failing}
    streaks = (sha for job in jobs if not job.healed for sha in signals.failing(trunk, job.job))
    return tuple(commit for commit in commits(trunk, streaks) if commit.sha not in known)


def _refreshed(job: AlertJob, broken: Broken | None, watch: Watch, trunk: Trunk) -> AlertJob:
    """*job* as trunk shows it now: healed when green on `resolve_after` commits, or gone from the whole window."""
    seen = signals.signal(trunk, job.job)
    earlier = signals.earlier(trunk, job.job)
    healed = broken is None and (seen.healthy >= watch.config.resolve_after or seen.ran == 0)
    if seen.streak:
        job = msgspec.structs.replace(
            job, streak=seen.streak, first_failing=seen.first_failing, last_green=seen.last_green
        )
    return msgspec.structs.replace(
        job,
        healed=healed,
        reason=broken.reason if broken else job.reason,
        drawn=_draw(trunk, job.job),
        failed=seen.failed,
        ran=seen.ran,
        earlier=(earlier.failed, earlier.ran),
    )


def described(broken: Broken, trunk: Trunk) -> AlertJob:
    """*broken* as an alert keeps it."""
    seen, earlier = signals.signal(trunk, broken.job), signals.earlier(trunk, broken.job)
    return AlertJob(
        job=broken.job,
        streak=broken.streak,
        first_failing=broken.first_failing,
        last_green=broken.last_green,
        reason=broken.reason,
        drawn=_draw(trunk, broken.job),
        failed=seen.failed,
        ran=seen.ran,
        earlier=(earlier.failed, earlier.ran),
    )


def _as_broken(job: AlertJob, trunk: Trunk) -> Broken:
    return Broken(job.job, job.streak, job.first_failing, job.last_green, signals.failing(trunk, job.job), job.reason)


def _draw(trunk: Trunk, job: Job) -> str:
    """The newest outcomes that are known, oldest first; commits without one say nothing about the job."""
    return signals.known(trunk, job)[-_DRAWN:].translate(_DRAWING).decode()


def commits(trunk: Trunk, shas: Iterable[str]) -> tuple[Seen, ...]:
    """The commits *shas* as an alert remembers them, in trunk order, each once."""
    found = {c.sha: c for sha in shas if (c := trunk.commit(sha)) is not None}
    return tuple(Seen.of(c) for c in sorted(found.values(), key=lambda c: trunk.position(c.sha) or 0))


def groups(broken: Iterable[Broken], trunk: Trunk) -> tuple[Group, ...]:
    """*broken* grouped by range, each with its candidates in trunk order: no ranking here."""
    found = []
    for span in ranges(broken, trunk):
        candidates = trunk.between(span.last_green, span.first_failing)
        green, first = trunk.commit(span.last_green or ""), trunk.commit(span.first_failing)
        found.append(
            Group(
                jobs=span.jobs,
                last_green=Seen.of(green) if green else None,
                first_failing=Seen.of(first) if first else None,
                suspects=tuple(Suspect(Seen.of(c)) for c in candidates[-10:]),
                candidates=len(candidates),
            )
        )
    return tuple(found)


def _with_known_suspects(grouped: tuple[Group, ...], before: tuple[Group, ...]) -> tuple[Group, ...]:
    """What was found out about a range stays until it is ranked anew, or else every poll would look like a change.

    A range that has become another keeps only whom people were told of.
    """
    known = {(g.last_green, g.first_failing): g for g in before}
    told = {job: g.told for g in before for job in g.jobs}
    kept = []
    for group in grouped:
        old = known.get((group.last_green, group.first_failing))
        named = next((told[job] for job in group.jobs if told.get(job)), None)
        kept.append(
            msgspec.structs.replace(old, jobs=group.jobs) if old else msgspec.structs.replace(group, told=named)
        )
    return tuple(kept)
