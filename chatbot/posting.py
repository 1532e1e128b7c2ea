"""One step of bringing an alert to Slack: a post, an edit, or finding out what became of a post.

For every post: write down that it is being sent, send it, write down what became of it. Nothing is sent
without a lease that is valid at this moment, and every write carries it. It words nothing and decides no
order: that is in `outbox` and `messages`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
import structlog

from chatbot import failpoints, marks, outbox
from chatbot.alert import Alert, Sending
from chatbot.courtesy import Courtesy
from chatbot.detours import GONE, NO_TOKEN, SHUT, TOO_LONG, Detours
from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.fenced import Fenced, plainly
from chatbot.messages import alert as drawn
from chatbot.messages import grafana as of_grafana
from chatbot.messages import source as of_source
from chatbot.messages import thread
from chatbot.messages.blocks import Payload
from chatbot.messages.budget import MESSAGE_TOTAL
from chatbot.outbox import EDIT, ROOT, Act, Step
from chatbot.search import Search
from chatbot.slack import schedule
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import Call, Priority
from chatbot.store import LostLease
from chatbot.telemetry import Telemetry

log = structlog.get_logger("delivery")

LOOK_AGAIN = 3.0
"""Seconds between the two looks for a post that may still be on its way."""
_SMALLER = (MESSAGE_TOTAL, 6_000, 2_500)  # characters of a message that Slack finds too long


class Posting:
    """Does what `outbox.next_step` says."""

    def __init__(
        self,
        fenced: Fenced,
        slack: Slack,
        pacer: Pacer,
        detours: Detours,
        search: Search,
        courtesy: Courtesy,
        *,
        about: Callable[[Alert], drawn.About],
        channel: Callable[[Alert], str],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        nonce: Callable[[], str],
        look_again: float = LOOK_AGAIN,
        patient: set[str],
        telemetry: Telemetry,
    ) -> None:
        """*look_again*: seconds between two looks for a post that may still be on its way.

        *patient* is kept: the alerts with an edit that waits for its turn, and may be given up for something urgent.
        """
        self._fenced = fenced
        self._slack = slack
        self._pacer = pacer
        self._detours = detours
        self._courtesy = courtesy
        self._search = search
        self._about = about
        self._channel = channel
        self._now = now
        self._sleep = sleep
        self._nonce = nonce
        self._look_again = look_again
        self._patient = patient
        self._metrics = telemetry.metrics

    async def do(self, alert: Alert, step: Step) -> None:
        """One step.

        Raises:
            TransientError: to be tried again later.
            PermanentError: nobody here can mend it.
        """
        if step.act is Act.SETTLE and alert.delivery.sending is not None:
            await self._settle(alert, alert.delivery.sending)
        elif step.act is Act.EDIT_ROOT:
            await self._edit(alert, step.priority)
        else:
            await self._post(alert, step)

    # ---- posts

    async def _post(self, alert: Alert, step: Step) -> None:
        apart = step.entry.channel if step.entry else None
        channel = apart or alert.delivery.channel or self._channel(alert)
        entry = step.entry.id if step.entry else ROOT
        around = self._detours.around(channel) if entry == ROOT else None
        if around is not None:
            await self._go_around(alert, channel, *around)
            return

        async def when_it_is_our_turn() -> None:
            failpoints.reach("turn")
            sending = Sending(entry, self._nonce(), self._now(), channel, alert.version)
            replace = msgspec.structs.replace  # the version is that of what will really be drawn
            written = await self._fenced.change(alert, lambda a: outbox.begun(a, replace(sending, version=a.version)))
            present = written.delivery.sending
            if present is not None and present.nonce == sending.nonce:
                failpoints.reach("begun")
                await self._send(written, present)

        try:
            call = Call(schedule.POST, channel, step.priority, thread=alert.id)
            await self._pacer.run(call, when_it_is_our_turn)
        except PermanentError as error:
            await self._refused(alert, channel, entry, error)

    async def _send(self, alert: Alert, sending: Sending) -> None:
        """Post what *sending* says; what is certain to have failed is taken back, what is not is left for `_settle`."""
        try:
            ts = await self._posted(alert, sending)
        except AmbiguousError:
            raise
        except (TransientError, PermanentError):
            failpoints.reach("refused")
            await self._fenced.change(alert, lambda a: outbox.given_up(a, sending))
            failpoints.reach("given_up")
            raise
        failpoints.reach("posted")
        await self._arrived(alert, sending, ts)

    async def _posted(self, alert: Alert, sending: Sending) -> str:
        """The ts of the post, made smaller where Slack wants it so, and at last without blocks."""
        priority = self._about(alert).watch.priority
        payload = await plainly(self._courtesy.spared(self._payload(alert, sending), priority))
        root = outbox.thread_of(alert, sending)
        tries = [(payload, total) for total in _SMALLER] + [(msgspec.structs.replace(payload, blocks=()), _SMALLER[-1])]
        for smaller, total in tries:
            self._fenced.held(alert.trunk)  # the last moment: whoever was frozen since the turn came must not post
            try:
                channel, nonce = sending.channel, sending.nonce
                return await self._slack.post(channel, smaller, thread_ts=root, nonce=nonce, total=total)
            except PermanentError as error:
                if error.code not in TOO_LONG or smaller is tries[-1][0]:
                    raise
                log.warning("post_too_long", alert=alert.id, entry=sending.entry, total=total, reason=str(error))
        raise AssertionError("the last try answers or raises")

    async def _arrived(self, alert: Alert, sending: Sending, ts: str) -> None:
        """Write down where the post is; take it away again where somebody else's stands in its place."""
        try:
            after = await self._fenced.change(alert, lambda a: outbox.arrived(a, sending, ts))
        except LostLease:
            present = await self._fenced.read(alert.id)
            if present is None or outbox.holds(present, ts) or outbox.awaits(present, sending):
                raise
            await self._search.take_away(sending, ts)
            raise
        if not outbox.holds(after, ts):
            await self._search.take_away(sending, ts)
            return
        failpoints.reach("arrived")
        self._metrics.deliveries.labels("root" if sending.entry == ROOT else "reply", "delivered").inc()
        log.info("posted", alert=alert.id, entry=sending.entry, channel=sending.channel, ts=ts)
        if sending.entry == ROOT:
            await self._link(alert, sending.channel, ts)

    async def _link(self, alert: Alert, channel: str, ts: str) -> None:
        """Remember the root's address for lists and later alerts; without it they only lack a link."""
        try:
            link = await self._slack.permalink(channel, ts)
        except (TransientError, PermanentError) as error:
            log.warning("no_permalink", alert=alert.id, reason=str(error))
            return
        await self._fenced.change(alert, lambda a: outbox.linked(a, link))
        failpoints.reach("linked")

    def _payload(self, alert: Alert, sending: Sending) -> Payload:
        about = self._about(alert)
        if sending.entry == ROOT:
            return msgspec.structs.replace(_root(alert, about, fresh=True), metadata=marks.of_root(alert))
        entry = next(e for e in alert.entries if e.id == sending.entry)
        reply = of_source.reply if alert.of_source else thread.reply
        return msgspec.structs.replace(reply(entry, alert, about), metadata=marks.of_entry(alert, entry))

    # ---- what became of a post

    async def _settle(self, alert: Alert, sending: Sending) -> None:
        """Find out what became of a post: adopt it where it is, take it back where it is not, looked for twice."""
        root = outbox.thread_of(alert, sending)
        age = abs((self._now() - sending.at).total_seconds())  # a post from before a crash is on its way no more
        for look in range(2):
            if look:
                await self._sleep(max(self._look_again / 6, self._look_again - age))
            failpoints.reach("looking")
            ts = await self._search.find(sending, root)
            failpoints.reach("looked")
            if ts is not None:
                self._metrics.ambiguous.labels("adopted").inc()
                log.info("ambiguous_post_found", alert=alert.id, entry=sending.entry, ts=ts)
                await self._arrived(alert, sending, ts)
                return
        self._metrics.ambiguous.labels("posted_again").inc()
        log.info("ambiguous_post_missing", alert=alert.id, entry=sending.entry)
        await self._fenced.change(alert, lambda a: outbox.doubted(a, sending))
        failpoints.reach("given_up")

    # ---- edits

    async def _edit(self, alert: Alert, priority: Priority) -> None:
        shown = alert.delivery
        channel, root = shown.channel or self._channel(alert), shown.root or ""

        async def when_it_is_our_turn() -> None:
            self._patient.discard(alert.id)
            failpoints.reach("editing")
            newest = await self._fenced.read(alert.id) or alert
            payload = _root(newest, self._about(newest), fresh=False)
            self._fenced.held(newest.trunk)
            try:
                await self._slack.edit(channel, root, msgspec.structs.replace(payload, metadata=marks.of_root(newest)))
            except TransientError as error:
                if error.retry_after is not None and priority >= Priority.EDIT:
                    self._patient.add(alert.id)  # it waits again, for longer than before
                raise
            failpoints.reach("edited")
            await self._drawn(newest)
            self._metrics.deliveries.labels("edit", "delivered").inc()
            failpoints.reach("rendered")

        if priority >= Priority.EDIT:
            self._patient.add(alert.id)
        try:
            call = Call(schedule.EDIT, channel, priority, thread=alert.id, replaces=root)
            await self._pacer.run(call, when_it_is_our_turn)
        except PermanentError as error:
            await self._refused(alert, channel, EDIT, error)
        finally:
            self._patient.discard(alert.id)

    async def _drawn(self, alert: Alert) -> None:
        """Write down which version the root shows; who was too late for that may have spoilt a newer one."""
        try:
            await self._fenced.change(alert, lambda a: outbox.rendered(a, alert.version))
        except LostLease:
            await self._fenced.change_unfenced(alert, outbox.smudged)
            raise

    # ---- refusals

    async def _refused(self, alert: Alert, channel: str, what: str, error: PermanentError) -> None:
        """A deleted root gets a successor, a shut channel the fallback; anything else waits until the alert changes."""
        if error.code in NO_TOKEN:
            self._detours.silence(error)
            raise TransientError(str(error)) from error
        self._metrics.deliveries.labels(what if what in {ROOT, EDIT} else "reply", "refused").inc()
        if outbox.elsewhere(alert, what):
            await self._refused_elsewhere(alert, channel, what, error)
        elif error.code in GONE:
            note = "The message of this alert was deleted; this is the new one."
            await self._fenced.change(
                alert, lambda a: outbox.uprooted(a, at=self._now(), note=note, link=a.delivery.link)
            )
        elif error.code in SHUT:
            self._detours.shut(channel, error)
            around = self._detours.around(channel)
            if around is None:
                raise error
            await self._go_around(alert, channel, *around)
        elif error.code != "gone":
            log.error("slack_refuses", alert=alert.id, entry=what, reason=str(error), code=error.code)
            await self._fenced.change(alert, lambda a: outbox.refused(a, what, alert.version, str(error)))

    async def _refused_elsewhere(self, alert: Alert, channel: str, what: str, error: PermanentError) -> None:
        """A message that is no reply: where its channel is shut it goes to the fallback; the alert itself stays."""
        fallback = self._detours.fallback()
        log.error("slack_refuses", alert=alert.id, entry=what, channel=channel, reason=str(error), code=error.code)
        if error.code in SHUT and fallback not in {None, channel} and not channel.startswith("D"):
            await self._fenced.change(alert, lambda a: outbox.redirected(a, what, fallback or channel))
        else:
            await self._fenced.change(alert, lambda a: outbox.refused(a, what, alert.version, str(error)))

    async def _go_around(self, alert: Alert, channel: str, fallback: str, reason: str) -> None:
        note = f"This alert belongs to the channel {channel}, which refuses me: {reason}"
        await self._fenced.change(alert, lambda a: outbox.moved(a, fallback, at=self._now(), note=note))


def _root(alert: Alert, about: drawn.About, *, fresh: bool) -> Payload:
    if alert.of_source:
        return of_source.root(alert, about)
    if alert.of_grafana:
        return of_grafana.root(alert, about, fresh=fresh)
    return drawn.root(alert, about, fresh=fresh)
