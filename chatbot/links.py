"""Where a commit, a pull request or a job is to be looked at, for the sources whose pages are known. Pure."""

from __future__ import annotations

from msgspec import Struct

from chatbot.config import BuildkiteSource, GithubSource, GitlabSource, TrunkConfig

_PUBLIC_API = "https://api.github.com"
_BUILDKITE_API = "https://api.buildkite.com/"


class Links(Struct, frozen=True):
    """Addresses below *root* (`https://github.com/owner/name`); nothing where the source has no pages we know.

    On a GitLab they are of another form; *builds* is where Buildkite shows a pipeline's builds, by number, empty where
    that is not known.
    """

    root: str | None = None
    gitlab: bool = False
    builds: str | None = None

    def commit(self, sha: str) -> str | None:
        """The page of a commit."""
        return f"{self._below}/commit/{sha}" if self.root else None

    def pull(self, number: int | None) -> str | None:
        """The page of a pull request."""
        word = "merge_requests" if self.gitlab else "pull"
        return f"{self._below}/{word}/{number}" if self.root and number else None

    def job(self, run_id: int, job_id: int) -> str | None:
        """The page of one execution of a job, at Buildkite of the build that it is part of."""
        if self.builds is not None:
            return f"{self.builds}/{run_id}" if self.builds else None
        if not self.root:
            return None
        return f"{self._below}/jobs/{job_id}" if self.gitlab else f"{self.root}/actions/runs/{run_id}/job/{job_id}"

    @property
    def _below(self) -> str:
        return f"{self.root}/-" if self.gitlab else f"{self.root}"


def links(trunk: TrunkConfig, *, api_url: str = _PUBLIC_API) -> Links:
    """The pages of *trunk*'s repository; *api_url* is where GitHub's API is reached, `/api/v3` for an own server."""
    source = trunk.source
    if isinstance(source, GitlabSource):  # the pages of a project whose path is not known cannot be told
        return Links() if source.project.isdigit() else Links(f"{source.url.rstrip('/')}/{source.project}", gitlab=True)
    builds = None
    if isinstance(source, BuildkiteSource):
        known = source.api_url.startswith(_BUILDKITE_API)
        builds = f"https://buildkite.com/{source.org}/{source.pipeline}/builds" if known else ""
    repo = getattr(source, "repo", None)
    if repo is None:
        return Links(builds=builds)
    own = (source.api_url if isinstance(source, GithubSource) and source.api_url else api_url).rstrip("/")
    host = own.removesuffix("/api/v3") if own.endswith("/api/v3") else "https://github.com"
    return Links(f"{host}/{repo}", builds=builds)
