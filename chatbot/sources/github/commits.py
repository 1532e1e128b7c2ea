"""The branch as a line of first parents, and whether it is still the one we know.

GitHub's list also holds the commits of merged side branches, and may be stale or out of order: the head is the
commit that is nobody's parent, and a known head that cannot be found is believed gone only when the comparison
with the branch itself agrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct

from chatbot.ci import Commit
from chatbot.errors import TransientError
from chatbot.sources.github import wire
from chatbot.sources.github.transport import Reader
from chatbot.sources.github.wire import Comparison, GitCommit, decode

MOST_PAGES = 40
"""Pages of 100 commits read at most: side branches may be long."""


class Walk(Struct, frozen=True):
    """Commits oldest first, after the known head or the whole window; `etag` is the first page's."""

    commits: tuple[Commit, ...]
    head: str
    etag: str | None
    rewritten: bool = False


async def walk(
    reader: Reader, repo: str, branch: str, *, known: str | None, etag: str | None, window: int
) -> Walk | None:
    """What follows *known*, `None` where the list has not changed.

    Raises:
        TransientError: the list has holes or is behind the branch.
    """
    url = f"/repos/{repo}/commits?sha={quote(branch, safe='')}&per_page=100"
    answer = await reader.get(url, etag=etag)
    if answer.body is None:
        return None
    page = decode(answer.body, tuple[GitCommit, ...], "the commits")
    listed = _Listed(reader, page, answer.following)
    line = await listed.line(_head(page), known=known, window=window)
    rewritten = known is not None and bool(line) and line[-1].first_parent != known
    if rewritten:
        await _confirm(reader, repo, branch, line[0].sha)
    commits = tuple(wire.commit(seen) for seen in reversed(line))
    head = line[0].sha if line else known or ""
    return Walk(commits, head, answer.etag, rewritten=rewritten)


def _head(page: Sequence[GitCommit]) -> GitCommit:
    """The one commit of the first page that is nobody's parent; the first where several are."""
    if not page:
        raise TransientError("GitHub lists no commits for the branch")
    parents = {parent.sha for commit in page for parent in commit.parents}
    return next((commit for commit in page if commit.sha not in parents), page[0])


class _Listed:
    """Commits by sha, with further pages as they are needed."""

    def __init__(self, reader: Reader, page: Sequence[GitCommit], following: str | None) -> None:
        self._reader = reader
        self._seen = {commit.sha: commit for commit in page}
        self._following = following
        self._pages = 1

    async def line(self, head: GitCommit, *, known: str | None, window: int) -> list[GitCommit]:
        """First parents from *head* back to before *known*, at most *window* of them."""
        line: list[GitCommit] = []
        sha: str | None = head.sha
        while sha is not None and sha != known and len(line) < window:
            commit = await self._find(sha)
            if commit is None:
                break
            line.append(commit)
            sha = commit.first_parent
        return line

    async def _find(self, sha: str) -> GitCommit | None:
        while sha not in self._seen and self._following is not None and self._pages < MOST_PAGES:
            answer = await self._reader.get(self._following)
            page = decode(answer.body or b"", tuple[GitCommit, ...], "the commits")
            self._seen.update((commit.sha, commit) for commit in page)
            self._following = answer.following
            self._pages += 1
        if sha not in self._seen and self._following is None:
            raise TransientError(f"GitHub's list of commits lacks {sha}, the parent of one it shows")
        return self._seen.get(sha)


async def _confirm(reader: Reader, repo: str, branch: str, head: str) -> None:
    """Make sure that *head* is the branch's head, before everything known is given up for it."""
    answer = await reader.get(f"/repos/{repo}/compare/{head}...{quote(branch, safe='')}?per_page=1")
    if decode(answer.body or b"", Comparison, "the comparison").status != "identical":
        raise TransientError("GitHub's list of commits does not begin with the branch's head")
