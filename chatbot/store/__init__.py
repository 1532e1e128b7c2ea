"""Everything the bot remembers, in Redis. Nothing else imports redis.

`connect()` (in `chatbot.store.connect`) opens a `Store`; its parts are one noun a module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self

from chatbot.store import schema
from chatbot.store.alerts import Alerts
from chatbot.store.audit import Audit
from chatbot.store.documents import Documents, Fields, Models
from chatbot.store.embedded import Embedded
from chatbot.store.hints import Hints
from chatbot.store.kept import Health, Kept, forget, health, kept
from chatbot.store.keys import CLOSED_ALERTS, FILES, FLAKES, HOMES, PEOPLE, PULLS, SETTINGS, Keys
from chatbot.store.leases import Lease, Leases
from chatbot.store.refusals import LostLease
from chatbot.store.seen import Seen
from chatbot.store.trunks import Change, StoredTrunk, Trunks
from chatbot.store.watches import Watches
from chatbot.store.wire import Wire

__all__ = ["Change", "Health", "Kept", "Lease", "LostLease", "Store", "StoredTrunk"]


class Store:
    """An open store. Every method of its parts raises `TransientError` or `PermanentError` for what Redis refuses."""

    def __init__(
        self,
        wire: Wire,
        keys: Keys,
        *,
        embedded: Embedded | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """*embedded* is the server to stop at the end, if it is ours."""
        self.keys = keys
        self.wire = wire
        self.embedded = embedded
        self.leases = Leases(wire, keys)
        self.seen = Seen(wire, keys)
        self.hints = Hints(wire, keys)
        self.trunks = Trunks(wire, keys)
        self.failures = Fields(wire, keys, "failures", FLAKES)
        self.flakes = Fields(wire, keys, "flakes", FLAKES)
        self.files = Documents(wire, keys, "files", FILES)
        self.pulls = Documents(wire, keys, "pulls", PULLS)
        self.settings = Documents(wire, keys, "settings", SETTINGS)
        self.homes = Documents(wire, keys, "home", HOMES)
        self.models = Models(wire, keys)
        self.digests = Models(wire, keys, "digests")
        self.pictures = Documents(wire, keys, "picture", CLOSED_ALERTS)
        self.notices = Models(wire, keys, "notice")
        self.people = Documents(wire, keys, "people", PEOPLE)
        self.watches = Watches(wire, keys)
        self.alerts = Alerts(wire, keys, clock=clock)
        self.audit = Audit(wire, keys)

    def __repr__(self) -> str:
        return f"Store({self.wire.address}, prefix={self.keys.prefix!r})"

    async def ping(self) -> None:
        """Return if every node answers."""
        await self.wire.ping()

    async def health(self) -> Health:
        """What the server says of itself, and what should be changed."""
        return await health(self.wire)

    async def kept(self) -> Sequence[Kept]:
        """How much of each kind is stored."""
        return await kept(self.wire, self.keys)

    async def current(self) -> None:
        """Return if the stored data are still of this program's version.

        Raises:
            PermanentError: a newer program brought them forward (code `schema`).
        """
        await schema.holds(self.wire, self.keys)

    async def forget(self, owner: str) -> int:
        """Delete everything of a trunk or watch that is no longer configured; how many keys that were."""
        return await forget(self.wire, self.keys, owner)

    async def close(self) -> None:
        """Let go of the connections; the embedded server is stopped and waited for."""
        await self.wire.close()
        if self.embedded:
            await self.embedded.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
