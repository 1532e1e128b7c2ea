"""Lists in pages, read whole or not at all, and again only where they changed.

GitHub gives each page its own ETag, and a list may grow between two pages of one read. An ETag is kept only for
a page whose body has parsed, and a read that does not add up is made again.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from chatbot.errors import TransientError
from chatbot.sources.github.transport import Answer, Reader
from chatbot.sources.github.wire import decode

TRIES = 3
"""How often a list that changes under our eyes is read before the poll is given up."""


class Numbered(Protocol):
    """Something with an identity."""

    @property
    def id(self) -> int:
        """GitHub's number for it."""
        ...


N_co = TypeVar("N_co", bound=Numbered, covariant=True)


class Page(Protocol[N_co]):
    """One page of a list that states its length."""

    @property
    def total_count(self) -> int:
        """How many entries all pages have together."""
        ...

    @property
    def entries(self) -> tuple[N_co, ...]:
        """Those of this page."""
        ...


class Tag(Struct, array_like=True):
    """A page's ETag; `url` is empty for the first page, whose address is the list's own."""

    url: str
    etag: str | None


class Pages(Struct, array_like=True):
    """What was read: the list's length, and the tag of each page."""

    total: int
    tags: list[Tag]


class Listing(Struct, Generic[N_co], frozen=True):
    """Entries that may have changed; all of the list where `whole`."""

    entries: tuple[N_co, ...]
    pages: Pages
    whole: bool


async def read(
    reader: Reader, url: str, known: Pages | None, kind: type[Page[N_co]], what: str
) -> Listing[N_co] | None:
    """The list at *url*, `None` where no page changed since *known*.

    Raises:
        TransientError: it kept changing, or a page could not be read.
    """
    if known is not None:
        changed = await _changed(reader, url, known, kind, what)
        if not isinstance(changed, _Again):
            return changed
    for _ in range(TRIES):
        whole = await _whole(reader, url, kind, what)
        if whole is not None:
            return whole
    raise TransientError(f"GitHub's list of {what} changed in each of {TRIES} reads")


async def read_whole(
    reader: Reader, url: str, known: Pages | None, kind: type[Page[N_co]], what: str
) -> Listing[N_co] | None:
    """As `read`, but all of the list wherever any of it changed."""
    listing = await read(reader, url, known, kind, what)
    if listing is None or listing.whole:
        return listing
    return await read(reader, url, None, kind, what)


class _Again(Struct, frozen=True):
    """The known pages no longer fit together."""


async def _changed(
    reader: Reader, url: str, known: Pages, kind: type[Page[N_co]], what: str
) -> Listing[N_co] | _Again | None:
    """The pages that changed, while the list's length is still what it was."""
    tags: list[Tag] = []
    entries: list[N_co] = []
    answers = [(tag, await reader.get(tag.url or url, etag=tag.etag)) for tag in known.tags]
    for tag, answer in answers:
        if answer.body is None:
            tags.append(tag)
            continue
        page = decode(answer.body, kind, what)
        if page.total_count != known.total or (answer.following is None) != (tag is known.tags[-1]):
            return _single(page, answer) if len(answers) == 1 and _fits(page, answer) else _Again()
        tags.append(Tag(tag.url, answer.etag))
        entries.extend(page.entries)
    if all(answer.body is None for _, answer in answers):
        return None
    whole = all(answer.body is not None for _, answer in answers)
    return Listing(tuple(entries), Pages(known.total, tags), whole=whole)


def _fits(page: Page[N_co], answer: Answer) -> bool:
    return answer.following is None and page.total_count == len(page.entries)


def _single(page: Page[N_co], answer: Answer) -> Listing[N_co]:
    return Listing(page.entries, Pages(page.total_count, [Tag("", answer.etag)]), whole=True)


async def _whole(reader: Reader, url: str, kind: type[Page[N_co]], what: str) -> Listing[N_co] | None:
    """All pages, `None` where they do not add up: duplicates, or another length than stated."""
    tags: list[Tag] = []
    entries: list[N_co] = []
    totals: set[int] = set()
    following: str | None = url
    while following is not None:
        if len(tags) >= MOST_PAGES:
            raise TransientError(f"GitHub's list of {what} does not end after {MOST_PAGES} pages")
        answer = await reader.get(following)
        page = decode(answer.body or b"", kind, what)
        tags.append(Tag("" if following == url else following, answer.etag))
        entries.extend(page.entries)
        totals.add(page.total_count)
        following = answer.following if page.entries else None
    total = totals.pop()
    distinct = len({entry.id for entry in entries})
    if totals or distinct != len(entries) or not (distinct == total or distinct >= MOST):
        return None
    return Listing(tuple(entries), Pages(total, tags), whole=True)


MOST_PAGES = 200
"""Pages of a hundred entries; a run of 20,000 jobs is none that Actions runs."""
MOST = 1000
"""GitHub shows no more than this many results of a filtered list.

https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
"""
