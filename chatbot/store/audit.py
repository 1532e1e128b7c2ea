"""Who did what to an alert, in order: a stream of the newest 500 entries. The bytes are the caller's."""

from __future__ import annotations

from chatbot.store.keys import AUDIT, AUDIT_ENTRIES, Keys
from chatbot.store.wire import Wire


class Audit:
    """Appends and reads entries. Those that belong to a change are better given to `Alerts.change` as its note."""

    def __init__(self, wire: Wire, keys: Keys) -> None:
        self._wire = wire
        self._keys = keys

    async def append(self, alert_id: str, entry: bytes) -> None:
        """Add *entry*. It may appear twice if the answer got lost on the way."""
        key = self._keys.alert(alert_id, "audit")
        seconds = int(AUDIT.total_seconds())
        await self._wire.pipeline(
            [("XADD", key, "MAXLEN", "~", AUDIT_ENTRIES, "*", "d", entry), ("EXPIRE", key, seconds)]
        )

    async def read(self, alert_id: str, limit: int = AUDIT_ENTRIES) -> list[bytes]:
        """The newest *limit* entries, oldest first."""
        answers = await self._wire.call("XREVRANGE", self._keys.alert(alert_id, "audit"), "+", "-", "COUNT", limit)
        return [fields[b"d"] for _, fields in reversed(answers) if b"d" in fields]
