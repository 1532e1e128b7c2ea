"""Where a trunk's results come from, as the configuration says it. Pure: nothing is reached here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema

from chatbot.config import installed
from chatbot.config.fields import Branch, Flag, Id, Model, Project, Repository, Slug, Url


class GithubSource(Model):
    """GitHub Actions, by GitHub's REST API.

    With `checks`, a check run of another system is a job of the workflow that its app is called (`Azure Pipelines`), a
    commit status one of the workflow `status` (`ci/circleci: build`): two requests more for each commit that is read.
    """

    kind: Literal["github"]
    repo: Repository
    """`owner/name`."""
    branch: Branch = "main"
    """The branch that is trunk."""
    checks: Flag = False
    """Whether check runs and commit statuses of other systems count too."""
    api_url: Url | None = None
    """The API's address where it is not the one of `GITHUB_API_URL`; an own server's ends in `/api/v3`."""

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id."""
        return self.repo.rpartition("/")[2]


class HudSource(Model):
    """A PyTorch HUD, which shows the results of all its CI systems as one grid.

    The workflow of a job is what stands before the first ` / ` of its name. Lines that explain failures come with it;
    files of commits, and logs where there is no such line, are asked of GitHub where `GITHUB_TOKEN` is set, at
    `GITHUB_API_URL`. `HUD_TOKEN` is sent to every HUD of the configuration. A poll reads the first page of 50 commits,
    those down to the newest known commit, those with jobs of the last day that have not ended, and at times another;
    each only where it changed. A newest known commit that is shown no more counts as gone after two minutes.
    """

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
    """One Buildkite pipeline. The workflow of its jobs, for watches, is the pipeline's slug.

    Buildkite knows builds and not commits: trunk is what the branch's builds built, in the order of their first builds.
    A job that may fail (`soft_fail`) says nothing when it does.
    """

    kind: Literal["buildkite"]
    org: Slug
    """The organization's slug."""
    pipeline: Slug
    """The pipeline's slug."""
    branch: Branch = "main"
    """The branch that is trunk."""
    repo: Repository | None = None
    """The repository on GitHub that it builds, `owner/name`, to ask which files a commit touched; for suspects."""
    api_url: Url = "https://api.buildkite.com/v2"
    """The REST API's address."""

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id."""
        return self.pipeline


class GitlabSource(Model):
    """The pipelines of one GitLab project. The workflow of its jobs, for watches, is their stage.

    Jobs of a child pipeline have the trigger job's name in front of it: `trigger-docs / test`. A job that is allowed
    to fail says nothing when it does, and so does a pipeline that was triggered in another project.
    """

    kind: Literal["gitlab"]
    url: Url = "https://gitlab.com"
    """The server's address."""
    project: Project
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


class OtherSource(Model):
    """A source of a kind that another distribution brings; which keys it has is that one's matter."""

    model_config = ConfigDict(extra="allow")

    kind: Id
    """The name of its entry point."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Every other key, as the file has it."""
        return self.model_extra or {}

    @property
    def short_name(self) -> str:
        """What the trunk is called unless it is given an id: its repository's name, where it has one."""
        repo = self.options.get("repo")
        return repo.rpartition("/")[2] if isinstance(repo, str) and repo else self.kind


_Ours = GithubSource | HudSource | BuildkiteSource | GitlabSource | ReplaySource
KINDS: tuple[str, ...] = tuple(get_args(model.model_fields["kind"].annotation)[0] for model in get_args(_Ours))
"""The kinds that come with Trunkwatch."""

_Known = Annotated[_Ours, Field(discriminator="kind")]


@dataclass(frozen=True)
class _Chosen:
    """Lets a kind through that is not ours where an entry point brings it. The schema knows ours."""

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Part of pydantic's protocol: the check."""
        return core_schema.no_info_wrap_validator_function(self._choose, handler.generate_schema(_Known))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Part of pydantic's protocol: the description."""
        return handler(cast("core_schema.WrapValidatorFunctionSchema", core)["schema"])

    @staticmethod
    def _choose(value: Any, known: ValidatorFunctionWrapHandler) -> Any:
        kind = value.get("kind") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind not in KINDS and installed.sources(kind):
            return OtherSource.model_validate(value)
        return known(value)


SourceConfig = Annotated[_Ours | OtherSource, _Chosen()]


def recording_name(recording: PurePath) -> str:
    """`trunk` for `data/trunk.jsonl.gz`."""
    return recording.name.removesuffix(".gz").removesuffix(".jsonl")
