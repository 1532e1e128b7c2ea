"""Makes Slack show what the store holds, exactly once.

For every post: write down that it is being sent, send it, write down what became of it. What is found
half done (after a crash, a time-out, a dropped connection) is looked for in the channel by the nonce in
its metadata and adopted; it is sent again only where it is certainly not there. What is to be shown
next is decided in `outbox`; this module only does it. It words nothing and judges no alert.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from chatbot import outbox
from chatbot.alert import Alert, Sending
from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.messages import alert as drawn
from chatbot.messages import thread
from chatbot.messages.blocks import Payload
from chatbot.outbox import ROOT, Act, Step
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import EDIT, POST, Call, Priority
from chatbot.store import Lease, Store

log = structlog.get_logger("delivery")

_GONE = frozenset({"message_not_found", "cant_update_message", "thread_not_found", "edit_window_closed"})
_SHUT = frozenset({"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "no_permission"})
_AGAIN = timedelta(seconds=3)  # between two looks for a post that may still be on its way
_OLDER = timedelta(minutes=5)  # clocks differ: look a little before the post was begun
_ROUNDS = 200  # steps on one alert in a row before the others have their turn


class Delivery:
    """Brings alerts to their channels, one step after the other for each, many alerts side by side."""

    def __init__(
        self,
        store: Store,
        slack: Slack,
        pacer: Pacer,
        *,
        about: Callable[[Alert], drawn.About],
        channel: Callable[[Alert], str],
        fallback: Callable[[], str | None],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        nonce: Callable[[], str],
        lease: Callable[[Alert], Lease | None],
    ) -> None:
        """*about*, *channel* and *fallback* are asked each time: the configuration may change meanwhile.

        *lease* is ours on the alert's trunk; without one another replica shows the alert, and every write carries it.
        """
        self._store = store
        self._slack = slack
        self._pacer = pacer
        self._about = about
        self._channel = channel
        self._fallback = fallback
        self._now = now
        self._sleep = sleep
        self._nonce = nonce
        self._lease = lease
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    def nudge(self, alert_id: str) -> None:
        """Something about the alert may have to be shown: see to it soon."""
        if alert_id in self._running:
            self._again.add(alert_id)
            return
        task = asyncio.get_running_loop().create_task(self._see_to(alert_id), name=f"deliver {alert_id}")
        self._running[alert_id] = task
        task.add_done_callback(lambda _: self._done(alert_id))

    def _done(self, alert_id: str) -> None:
        self._running.pop(alert_id, None)
        if alert_id in self._again:
            self._again.discard(alert_id)
            self.nudge(alert_id)

    async def sweep(self) -> int:
        """Nudge every alert that Slack does not show in full; how many those are."""
        unfinished = await self._store.alerts.unfinished()
        for alert in unfinished:
            self.nudge(alert.id)
        return len(unfinished)

    async def drain(self, *, within: float) -> bool:
        """Let what is under way finish, *within* seconds at most; whether it did."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=within)
        left = list(self._running.values())
        for task in left:
            task.cancel()
        return not left

    @property
    def busy(self) -> int:
        """Alerts that are being brought to Slack right now."""
        return len(self._running)

    async def _see_to(self, alert_id: str) -> None:
        """Do step after step until Slack shows everything, or something has to be waited for."""
        try:
            for _ in range(_ROUNDS):
                alert = await self._store.alerts.get(alert_id)
                step = outbox.next_step(alert) if alert else None
                if alert is None or step is None or self._lease(alert) is None:
                    return
                await self._do(alert, step)
        except TransientError as error:
            wait = error.retry_after or 1.0
            log.warning("delivery_waits", alert=alert_id, reason=str(error), seconds=wait)
            await self._sleep(wait)
            self._again.add(alert_id)
        except PermanentError as error:
            log.error("delivery_stuck", alert=alert_id, reason=str(error), code=error.code)
            await self._trouble(alert_id, str(error))

    async def _do(self, alert: Alert, step: Step) -> None:
        if step.act is Act.SETTLE and alert.delivery.sending is not None:
            await self._settle(alert, alert.delivery.sending)
        elif step.act is Act.EDIT_ROOT:
            await self._edit(alert, step.priority)
        else:
            await self._post(alert, step)

    async def _change(self, alert: Alert, function: Callable[[Alert], Alert]) -> Alert:
        """Write in the name of our lease: whoever lost it is refused, and stops."""
        lease = self._lease(alert)
        if lease is None:
            raise TransientError(f"another replica shows alert {alert.id!r} by now")
        _, after = await self._store.alerts.change(alert.id, function, lease=lease)
        return after

    # ---- posts

    async def _post(self, alert: Alert, step: Step) -> None:
        channel = alert.delivery.channel or self._channel(alert)
        entry = step.entry.id if step.entry else ROOT

        async def when_it_is_our_turn() -> None:
            sending = Sending(entry, self._nonce(), self._now(), channel, alert.version)
            written = await self._change(alert, lambda a: outbox.begun(a, sending))
            if written.delivery.sending == sending:
                await self._send(written, sending)

        try:
            await self._pacer.run(Call(POST, channel, step.priority, thread=alert.id), when_it_is_our_turn)
        except PermanentError as error:
            await self._refused(alert, error)

    async def _send(self, alert: Alert, sending: Sending) -> None:
        """Post what *sending* says; what is certain to have failed is taken back, what is not is left for `_settle`."""
        payload, root = self._payload(alert, sending), alert.delivery.root
        try:
            ts = await self._slack.post(
                sending.channel,
                payload,
                thread_ts=None if sending.entry == ROOT else root,
                nonce=sending.nonce,
            )
        except AmbiguousError:
            raise
        except (TransientError, PermanentError):
            await self._change(alert, lambda a: outbox.given_up(a, sending))
            raise
        await self._arrived(alert, sending, ts)

    async def _arrived(self, alert: Alert, sending: Sending, ts: str) -> None:
        await self._change(alert, lambda a: outbox.arrived(a, sending, ts))
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
        await self._change(alert, lambda a: outbox.linked(a, link))

    def _payload(self, alert: Alert, sending: Sending) -> Payload:
        about = self._about(alert)
        if sending.entry == ROOT:
            payload = drawn.root(alert, about, fresh=True)
        else:
            entry = next(e for e in alert.entries if e.id == sending.entry)
            payload = thread.reply(entry, alert, about)
        return msgspec.structs.replace(payload, metadata={"alert": alert.id, "entry": sending.entry})

    async def _settle(self, alert: Alert, sending: Sending) -> None:
        """Find out what became of a post: adopt it where it is, take it back where it is not, looked for twice."""
        root = None if sending.entry == ROOT else alert.delivery.root
        for look in range(2):
            if look:
                await self._sleep(_AGAIN.total_seconds())
            ts = await self._find(sending, root)
            if ts is not None:
                log.info("ambiguous_post_found", alert=alert.id, entry=sending.entry, ts=ts)
                await self._arrived(alert, sending, ts)
                return
        log.info("ambiguous_post_missing", alert=alert.id, entry=sending.entry)
        await self._change(alert, lambda a: outbox.given_up(a, sending))

    async def _find(self, sending: Sending, root: str | None) -> str | None:
        try:
            return await self._slack.find(sending.channel, sending.nonce, oldest=sending.at - _OLDER, thread_ts=root)
        except PermanentError as error:
            if error.code in _GONE | _SHUT:
                return None
            raise

    # ---- edits

    async def _edit(self, alert: Alert, priority: Priority) -> None:
        shown = alert.delivery
        channel, root = shown.channel or self._channel(alert), shown.root or ""

        async def when_it_is_our_turn() -> None:
            newest = await self._store.alerts.get(alert.id) or alert
            payload = drawn.root(newest, self._about(newest))
            # Without metadata the one it was posted with stays, and with it the nonce.
            await self._slack.edit(channel, root, payload)
            await self._change(alert, lambda a: outbox.rendered(a, newest.version))

        try:
            await self._pacer.run(Call(EDIT, channel, priority, thread=alert.id, replaces=root), when_it_is_our_turn)
        except PermanentError as error:
            await self._refused(alert, error)

    # ---- refusals

    async def _refused(self, alert: Alert, error: PermanentError) -> None:
        """A deleted root gets a successor, a shut channel the fallback; anything else is somebody's to mend."""
        if error.code in _GONE:
            note = "The message of this alert was deleted; this is the new one."
            await self._change(alert, lambda a: outbox.uprooted(a, at=self._now(), note=note, link=a.delivery.link))
        elif error.code in _SHUT:
            await self._to_fallback(alert, error)
        else:
            raise error

    async def _to_fallback(self, alert: Alert, error: PermanentError) -> None:
        refusing, fallback = alert.delivery.channel or self._channel(alert), self._fallback()
        if fallback is None or fallback == refusing:
            raise error
        note = f"This alert belongs to the channel {refusing}, which refuses me: {error}"
        log.error("channel_refuses", alert=alert.id, channel=refusing, fallback=fallback, reason=str(error))
        await self._change(alert, lambda a: outbox.moved(a, fallback, at=self._now(), note=note))

    async def _trouble(self, alert_id: str, reason: str) -> None:
        try:
            await self._store.alerts.change(alert_id, lambda a: outbox.troubled(a, reason))
        except (TransientError, PermanentError) as error:
            log.warning("trouble_not_noted", alert=alert_id, reason=str(error))
