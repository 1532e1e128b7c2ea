"""Opens the store: the server that REDIS_URL names, or the embedded one where it names none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from chatbot.store import Store, schema
from chatbot.store.address import parse
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
) -> Store:
    """An open store, to be closed at the end or used by `async with`.

    *url* is one of `address.FORMS`; without it the embedded server runs on *data_dir*. *prefix* begins every key,
    *patience* bounds every call in seconds, *clock* tells the time for what expires.

    Raises:
        ConfigError: the URL or the data directory is wrong.
        TransientError: the server cannot be reached now.
        PermanentError: the server refuses us, or its data were written by a newer version.
    """
    embedded = None
    if not url:
        embedded = Embedded(Path(data_dir or DATA_DIR))
        await embedded.start()
    wire = (
        Wire(embedded.address, patience=patience, excuse=embedded.trouble)
        if embedded
        else Wire(parse(url or ""), patience=patience)
    )
    store = Store(wire, Keys(prefix), embedded=embedded, clock=clock)
    try:
        await schema.settle(wire, store.keys)
    except BaseException:
        await store.close()
        raise
    return store
