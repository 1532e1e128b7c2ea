"""Sources of kinds that other distributions bring, by entry points of the group `trunkwatch.sources`.

What is not ours may be broken: it is loaded only where a trunk names it, and whatever it raises that is none of our
errors becomes one that names it. It is a `Source` and no more: hints and re-runs are for the kinds that come with us.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from importlib.metadata import EntryPoint

import aiohttp
import structlog

from chatbot.ci import Attempt, ChangedFile
from chatbot.config import TrunkConfig, installed
from chatbot.errors import ConfigError, PermanentError, TrunkwatchError
from chatbot.settings import Settings
from chatbot.sources import Cursor, Poll, Source

log = structlog.get_logger("sources")

Opener = Callable[[TrunkConfig, Settings, aiohttp.ClientSession], Source]
"""What opens sources of one kind. The session stays the caller's to close; `trunk.source` is the configuration, of
another distribution's kind with its keys in `options`. It raises `ConfigError` for what is wrong there."""


def opener(kind: str) -> Opener:
    """What the installed distribution that brings *kind* opens such sources with.

    Raises:
        ConfigError: none does, two do, or it cannot be loaded.
    """
    points = installed.sources(kind)
    if not points:
        raise ConfigError(f"no source of kind {kind!r} is installed")
    if len(points) > 1:
        both = " and ".join(map(_origin, points))
        raise ConfigError(f"sources of kind {kind!r} come from {both}: uninstall one")
    point = points[0]
    try:
        loaded = point.load()
    except Exception as error:
        raise ConfigError(f"kind {kind!r} of {_origin(point)} cannot be loaded: {_said(error)}") from error
    if not callable(loaded):
        raise ConfigError(f"kind {kind!r} of {_origin(point)} cannot be loaded: {point.value} is not callable")

    def open_one(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
        try:
            source = loaded(trunk, settings, http)
        except TrunkwatchError:
            raise
        except Exception as error:
            raise ConfigError(f"kind {kind!r} of {_origin(point)} cannot be opened: {_said(error)}") from error
        if not isinstance(source, Source):
            lacks = ", ".join(name for name in _METHODS if not hasattr(source, name))
            raise ConfigError(f"kind {kind!r} of {_origin(point)} cannot be used: what it opens lacks {lacks}")
        return Plugged(source, kind)

    return open_one


_METHODS = ("poll", "files", "log", "check", "close")


def _origin(point: EntryPoint) -> str:
    """The distribution that *point* belongs to."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Plugged:
    """A source of others, whose every error is one of ours."""

    def __init__(self, source: Source, kind: str) -> None:
        self._source = source
        self._kind = kind

    @contextlib.contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except TrunkwatchError:
            raise
        except Exception as error:
            log.warning("source_broke", kind=self._kind, exc_info=error)  # its authors need the place
            raise PermanentError(f"the source of kind {self._kind!r} broke: {_said(error)}", code="broke") from error

    async def poll(self, cursor: Cursor | None, *, window: int) -> Poll:
        """As `Source.poll`."""
        with self._translating():
            poll = await self._source.poll(cursor, window=window)
            if not isinstance(poll, Poll):
                raise PermanentError(f"the source of kind {self._kind!r} gives {type(poll).__name__} for a `Poll`")
            return poll

    async def files(self, sha: str) -> Sequence[ChangedFile]:
        """As `Source.files`."""
        with self._translating():
            return await self._source.files(sha)

    async def log(self, attempt: Attempt) -> AsyncIterator[bytes]:
        """As `Source.log`."""
        with self._translating():
            async for chunk in self._source.log(attempt):
                yield chunk

    async def check(self) -> str:
        """As `Source.check`."""
        with self._translating():
            return str(await self._source.check())

    async def close(self) -> None:
        """As `Source.close`."""
        with self._translating():
            await self._source.close()
