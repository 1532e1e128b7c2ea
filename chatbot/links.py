"""Where a commit, a pull request or a job is to be looked at, for the sources whose pages are known. Pure."""

from __future__ import annotations

from msgspec import Struct

from chatbot.config import TrunkConfig

_PUBLIC_API = "https://api.github.com"


class Links(Struct, frozen=True):
    """Addresses below *root* (`https://github.com/owner/name`); nothing where the source has no pages we know."""

    root: str | None = None

    def commit(self, sha: str) -> str | None:
        """The page of a commit."""
        return f"{self.root}/commit/{sha}" if self.root else None

    def pull(self, number: int | None) -> str | None:
        """The page of a pull request."""
        return f"{self.root}/pull/{number}" if self.root and number else None

    def job(self, run_id: int, job_id: int) -> str | None:
        """The page of one execution of a job."""
        return f"{self.root}/actions/runs/{run_id}/job/{job_id}" if self.root else None


def links(trunk: TrunkConfig, *, api_url: str = _PUBLIC_API) -> Links:
    """The pages of *trunk*'s repository; *api_url* is where GitHub's API is reached, `/api/v3` for an own server."""
    repo = getattr(trunk.source, "repo", None)
    if repo is None:
        return Links()
    own = (getattr(trunk.source, "api_url", None) or api_url).rstrip("/")
    host = own.removesuffix("/api/v3") if own.endswith("/api/v3") else "https://github.com"
    return Links(f"{host}/{repo}")
