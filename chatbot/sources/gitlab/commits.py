"""The branch as a line of first parents, and whether it is still the one we know."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from msgspec import Struct

from chatbot.ci import Commit
from chatbot.errors import TransientError
from chatbot.sources.gitlab import wire
from chatbot.sources.gitlab.wire import Branch, GitCommit
from chatbot.sources.reader import Reader

MOST_PAGES = 60
"""Pages of 100 commits read at most: a server that does not know `first_parent` lists side branches too."""

_Page = tuple[GitCommit, ...]


class Walk(Struct, frozen=True):
    """Commits oldest first, after the known head or the whole window; `etag` is the first page's."""

    commits: tuple[Commit, ...]
    head: str
    etag: str | None
    rewritten: bool = False


async def walk(
    reader: Reader, project: str, branch: str, *, known: str | None, etag: str | None, window: int
) -> Walk | None:
    """What follows *known*, `None` where the list has not changed.

    Raises:
        TransientError: the list is empty, has holes, or is behind the branch.
    """
    ref = quote(branch, safe="")
    answer = await reader.get(f"{project}/repository/commits?ref_name={ref}&first_parent=true&per_page=100", etag=etag)
    if answer.body is None:
        return None
    page = reader.decode(answer, _Page, "the commits")
    if not page:
        raise TransientError(no_commits(branch))
    line, seen, tag = [page[0]], _by_id(page), answer.etag
    if page[0].id == known:
        return Walk((), page[0].id, tag)
    for _ in range(MOST_PAGES):
        _extend(line, seen, known=known, window=window)
        if _done(line, known=known, window=window):
            break
        if answer.following is None:
            parent = line[-1].first_parent
            raise TransientError(f"GitLab's list of commits lacks {parent}, the parent of one it shows")
        answer = await reader.get(answer.following)
        seen |= _by_id(reader.decode(answer, _Page, "the commits"))
    rewritten = known is not None and line[-1].first_parent != known
    if rewritten:
        await _confirm(reader, project, ref, line[0].id)
    return Walk(tuple(wire.commit(one) for one in reversed(line)), line[0].id, tag, rewritten=rewritten)


def no_commits(branch: str) -> str:
    """What to do where a branch has no commits."""
    return f"GitLab lists no commits of branch {branch!r}: if it was renamed or deleted, change `branch`"


def _by_id(page: Iterable[GitCommit]) -> dict[str, GitCommit]:
    return {one.id: one for one in page}


def _extend(line: list[GitCommit], seen: dict[str, GitCommit], *, known: str | None, window: int) -> None:
    """Follow first parents as far as they are *seen*."""
    while not _done(line, known=known, window=window) and line[-1].first_parent in seen:
        line.append(seen[line[-1].first_parent or ""])


def _done(line: list[GitCommit], *, known: str | None, window: int) -> bool:
    return len(line) >= window or line[-1].first_parent in {None, known}


async def _confirm(reader: Reader, project: str, ref: str, head: str) -> None:
    """Make sure that *head* is the branch's head, before everything known is given up for it."""
    answer = await reader.get(f"{project}/repository/branches/{ref}")
    if reader.decode(answer, Branch, "the branch").commit.id != head:
        raise TransientError("GitLab's list of commits does not begin with the branch's head")
