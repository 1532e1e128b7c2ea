"""Where a trunk's results come from, as the configuration says it. Pure: nothing is reached here."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from chatbot.config.fields import Branch, Flag, Model, Repository, Title, Url


class GithubSource(Model):
    """GitHub Actions, by GitHub's REST API."""

    kind: Literal["github"]
    repo: Repository
    """`owner/name`."""
    branch: Branch = "main"
    """The branch that is trunk."""
    checks: Flag = False
    """Whether check runs and commit statuses of other systems count too."""
    api_url: Url | None = None
    """The API's address where it is not the one of `GITHUB_API_URL`."""

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id."""
        return self.repo.rpartition("/")[2]


class HudSource(Model):
    """A PyTorch HUD, which shows the results of all its CI systems as one grid."""

    kind: Literal["hud"]
    url: Url = "https://hud.pytorch.org"
    """Its address."""
    repo: Repository
    """`owner/name`."""
    branch: Branch = "main"
    """The branch that is trunk."""

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id."""
        return self.repo.rpartition("/")[2]


class BuildkiteSource(Model):
    """One Buildkite pipeline."""

    kind: Literal["buildkite"]
    org: Title
    """The organization's slug."""
    pipeline: Title
    """The pipeline's slug."""
    branch: Branch = "main"
    """The branch that is trunk."""

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id."""
        return self.pipeline


class GitlabSource(Model):
    """The pipelines of one GitLab project."""

    kind: Literal["gitlab"]
    url: Url = "https://gitlab.com"
    """The server's address."""
    project: Title
    """The project's path, `group/name`, or its number."""
    branch: Branch = "main"
    """The branch that is trunk."""

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id."""
        return self.project.rpartition("/")[2]


class ReplaySource(Model):
    """A recording played back."""

    kind: Literal["replay"]
    recording: Path
    """A `.jsonl` or `.jsonl.gz` file; relative to the configuration file."""

    @field_validator("recording")
    @classmethod
    def _beside_the_file(cls, value: Path, info: ValidationInfo) -> Path:
        return Path((info.context or {}).get("directory", ".")) / value.expanduser()

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id."""
        return recording_name(self.recording)


SourceConfig = Annotated[
    GithubSource | HudSource | BuildkiteSource | GitlabSource | ReplaySource, Field(discriminator="kind")
]
KINDS = ("github", "hud", "buildkite", "gitlab", "replay")


def recording_name(recording: PurePath) -> str:
    """`trunk` for `data/trunk.jsonl.gz`."""
    return recording.name.removesuffix(".gz").removesuffix(".jsonl")
