"""Which commit a revert takes back, read from its title and body: git's, GitHub's and pull request references.

It only reads: finding the commit of a title or a pull request on a trunk is `Revert.target`'s caller's matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from chatbot.ci import Commit

_SHA = re.compile(r"\bThis reverts commit\s+([0-9a-f]{7,40})\b", re.IGNORECASE)
_REVERTS_PULL = re.compile(r"^\s*Reverts\s+(?:([\w.-]+/[\w.-]+))?#(\d{1,9})\b", re.IGNORECASE | re.MULTILINE)
_TITLE = re.compile(r"^\s*(?:\[[^\]]*\]\s*)*(?:Back ?out|Revert)\s+[\"“'](.+)[\"”'](?:\s*\(#\d+\))*\s*$", re.IGNORECASE)
_PULL_AT_END = re.compile(r"\(#(\d{1,9})\)\s*$")
_READ = 20_000


class Revert(Struct, frozen=True):
    """What a revert says it takes back; each part may be missing.

    `title` is the reverted commit's first line without its pull request, `pr` that pull request's number, `repo` is
    given where the reference names one (`Reverts owner/repo#12`).
    """

    sha: str | None = None
    repo: str | None = None
    pr: int | None = None
    title: str | None = None

    def target(self, commits: Sequence[Commit]) -> Commit | None:
        """The newest of *commits* (oldest first) that this takes back: by sha, else pull request, else title."""
        for commit in reversed(commits):
            if self.sha and commit.sha.startswith(self.sha):
                return commit
        for commit in reversed(commits):
            if self.pr is not None and self.pr in (commit.pr, _pull_of(commit.title)):
                return commit
        for commit in reversed(commits):
            if self.title and _PULL_AT_END.sub("", commit.title).strip() == self.title:
                return commit
        return None


def revert_target(title: str, body: str = "") -> Revert | None:
    """What the commit with this *title* and *body* reverts; `None` where it is no revert.

    A revert of a revert (`Revert "Revert "x""`) lands the change again: it names the inner revert, as git does.
    """
    title, body = title[:_READ], body[:_READ]
    sha, pull, quoted = _SHA.search(body), _REVERTS_PULL.search(body), _TITLE.match(title)
    if not (sha or pull or quoted):
        return None
    inner = quoted.group(1) if quoted else None
    number = int(pull.group(2)) if pull else _pull_of(inner) if inner else None
    return Revert(
        sha=sha.group(1).lower() if sha else None,
        repo=pull.group(1) if pull else None,
        pr=number,
        title=_PULL_AT_END.sub("", inner).strip() if inner else None,
    )


def _pull_of(title: str) -> int | None:
    found = _PULL_AT_END.search(title)
    return int(found.group(1)) if found else None
