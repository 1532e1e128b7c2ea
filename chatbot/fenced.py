"""Changes of alerts in the name of a lease: whoever lost it is refused, and stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from chatbot.alert import Alert
from chatbot.errors import TransientError
from chatbot.store import Lease, LostLease, Store

T = TypeVar("T")


async def plainly(asking: Awaitable[T]) -> T:
    """What Redis answers. An error has no `retry_after`, or the pacer would take it for Slack's."""
    try:
        return await asking
    except LostLease:
        raise
    except TransientError as error:
        raise TransientError(str(error)) from error


class Fenced:
    """The alerts, as the holder of their trunk's lease may change them."""

    def __init__(self, store: Store, lease: Callable[[str], Lease | None]) -> None:
        """*lease* is ours on a trunk, `None` from the moment at which another replica may have it."""
        self._store = store
        self.lease = lease

    def held(self, trunk: str) -> Lease:
        """Our lease on *trunk*.

        Raises:
            LostLease: it is not ours, or ran out while we were not looking.
        """
        lease = self.lease(trunk)
        if lease is None:
            raise LostLease(f"another replica may look after trunk {trunk!r} by now")
        return lease

    async def read(self, alert_id: str) -> Alert | None:
        """The alert as it is now.

        Raises:
            TransientError: Redis could not, as in `change`.
        """
        return await plainly(self._store.alerts.get(alert_id))

    async def change(self, alert: Alert, function: Callable[[Alert], Alert]) -> Alert:
        """The alert after *function*.

        Raises:
            LostLease: the lease is not ours.
            TransientError: Redis could not; without `retry_after`, or the pacer would take it for Slack's.
        """
        _, after = await plainly(self._store.alerts.change(alert.id, function, lease=self.held(alert.trunk)))
        return after

    async def change_unfenced(self, alert: Alert, function: Callable[[Alert], Alert]) -> None:
        """Apply *function* although the lease is lost: only for what asks the successor to look again."""
        await plainly(self._store.alerts.change(alert.id, function))
