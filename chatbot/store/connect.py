"""Opens the store: the server that REDIS_URL names, or the embedded one where it names none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from chatbot.store import Store, schema
from chatbot.store.address import Address, Kind, parse
from chatbot.store.directory import InUseError, running
from chatbot.store.embedded import Embedded
from chatbot.store.keys import Keys
from chatbot.store.wire import PATIENCE, Wire

DATA_DIR = Path("~/.local/share/trunkwatch")


async def connect(
    url: str | None = None,
    data_dir: Path | str | None = None,
    *,
    prefix: str = "tw",
    patience: float = PATIENCE,
    clock: Callable[[], datetime] | None = None,
    join: bool = False,
) -> Store:
    """An open store, to be closed at the end or used by `async with`.

    *url* is one of `address.FORMS`; without it the embedded server runs on *data_dir*. *prefix* begins every key,
    *patience* bounds every call in seconds, *clock* tells the time for what expires. *join*: where another bot runs
    the embedded server, use that one instead of refusing (to look at it; it ends with the other bot).

    Raises:
        ConfigError: the URL or the data directory is wrong.
        TransientError: the server cannot be reached now.
        PermanentError: the server refuses us, or its data were written by a newer version.
    """
    if url:
        return await _settled(Store(Wire(parse(url), patience=patience), Keys(prefix), clock=clock))
    embedded = Embedded(Path(data_dir or DATA_DIR))
    try:
        await embedded.start()
    except InUseError:
        theirs = running(embedded.directory)
        if not join or theirs is None:
            raise
        address = Address(kind=Kind.SOCKET, path=theirs.socket)
        return await _settled(Store(Wire(address, patience=patience), Keys(prefix), clock=clock))
    wire = Wire(embedded.address, patience=patience, excuse=embedded.trouble)
    return await _settled(Store(wire, Keys(prefix), embedded=embedded, clock=clock))


async def _settled(store: Store) -> Store:
    """*store* with data of this program's version; closed where that fails."""
    try:
        await schema.settle(store.wire, store.keys)
    except BaseException:
        await store.close()
        raise
    return store
