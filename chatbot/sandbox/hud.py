"""The sandbox's HUD: a grid of commits and jobs, filled by hand and shown a page at a time as PyTorch's HUD shows it.

async with HudSandbox("pytorch/pytorch") as hud:
    hud.commit(commit)
    hud.cell(commit.sha, "pull / build", "success", id=7)
    HudSource("pytorch/pytorch", url=hud.url, token=hud.token, http=http)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from chatbot.ci import Commit
from chatbot.sandbox.serving import Served

TOKEN = "hud_sandbox"  # noqa: S105  good on localhost only
HEADER = "x-hud-internal-bot"
MOST_PER_PAGE = 100

Cell = dict[str, Any]


class HudSandbox(Served):
    """One branch of one repository on 127.0.0.1 while the context lasts. Anybody may ask unless *token* is given."""

    moved_to = "/api/hud/renamed/renamed/main/1"
    optional = frozenset(
        {"commitTitle", "commitMessageBody", "author", "authorUrl", "prNum", "htmlUrl", "failureLines", "durationS"}
    )

    def __init__(
        self,
        repo: str = "pytorch/pytorch",
        branch: str = "main",
        *,
        token: str | None = None,
        header: str = HEADER,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(token, clock=clock)
        self.branch = branch
        self.commits: list[Commit] = []
        """Oldest first; may be changed."""
        self.lands_meanwhile: list[Commit] = []
        """Commits that land one after the other, each when a page has been shown."""
        self._repo = repo
        self._header = header
        self._cells: dict[str, dict[str, Cell]] = {}
        self._ids = itertools.count(40_000_000_001)

    # ---- what happens there

    def commit(self, commit: Commit) -> None:
        """Land *commit*."""
        self.commits.append(commit)

    def cell(self, sha: str, name: str, conclusion: str, **fields: Any) -> None:
        """Show a job, called as in `jobNames`, on a commit; a failure before by the same name is remembered of it."""
        held = self._cells.setdefault(sha, {})
        before = held.get(name, {})
        made = {
            "id": next(self._ids),
            "conclusion": conclusion,
            "htmlUrl": f"https://github.com/{self._repo}/actions/runs/1/job/{sha[:8]}",
            "logUrl": f"https://ossci-raw-job-status.s3.amazonaws.com/log/{sha[:8]}",
            "durationS": 600,
            "failureLines": [],
            "failureCaptures": [],
            "failureContext": [],
            "runnerName": "i-0",
            "authorEmail": None,
        }
        if before.get("conclusion") == "failure" or before.get("failedPreviousRun"):
            made["failedPreviousRun"] = True
        held[name] = made | fields

    # ---- what is shown

    def who(self, request: web.Request) -> str | None:
        """The token, as HUD's own header or a bearer's."""
        told = request.headers.get(self._header)
        return told.removeprefix("Bearer ") if told else None

    def show(self, request: web.Request) -> Any:
        """A page of the grid, and an empty one for whatever HUD does not know."""
        parts = request.rel_url.raw_path.split("/")
        if parts[1:3] != ["api", "hud"] or len(parts) != 7:  # noqa: PLR2004  /api/hud/owner/repo/branch/page
            raise web.HTTPNotFound
        owner, name, branch, page = map(unquote, parts[3:])
        known = (f"{owner}/{name}", branch) == (self._repo, self.branch)
        size = min(int(request.query.get("per_page", "50")), MOST_PER_PAGE)
        shown = self._grid(self.commits[::-1] if known else [], int(page), size)
        if self.lands_meanwhile:
            self.commits.append(self.lands_meanwhile.pop(0))
        return shown

    def _grid(self, newest_first: list[Commit], page: int, size: int) -> dict[str, Any]:
        rows = newest_first[(page - 1) * size : page * size]
        names = sorted({name for commit in rows for name in self._cells.get(commit.sha, {})})
        return {"shaGrid": [self._row(commit, names) for commit in rows], "jobNames": names}

    def _row(self, commit: Commit, names: list[str]) -> dict[str, Any]:
        cells = self._cells.get(commit.sha, {})
        login = commit.author.login
        return {
            "sha": commit.sha,
            "time": commit.committed_at.isoformat().replace("+00:00", "Z"),
            "commitUrl": f"https://github.com/{self._repo}/commit/{commit.sha}",
            "commitTitle": commit.title,
            "commitMessageBody": f"{commit.title}\n\n{commit.reverts or ''}",
            "author": login or commit.author.name,
            "authorUrl": f"https://github.com/{login}" if login else None,
            "prNum": commit.pr,
            "diffNum": None,
            "isForcedMerge": False,
            "isForcedMergeWithFailures": False,
            "nameToJobs": {},
            "jobs": [cells.get(name, {}) for name in names],
        }
