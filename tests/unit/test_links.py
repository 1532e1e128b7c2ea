"""Where things are to be looked at, for each kind of source."""

from __future__ import annotations

from typing import Any

import pytest

from chatbot.config import TrunkConfig
from chatbot.links import links

OWN = "https://ghe.example.org/api/v3"
BUILDKITE = {"kind": "buildkite", "org": "acme", "pipeline": "app"}
GITLAB = {"kind": "gitlab", "project": "group/sub/app"}


@pytest.mark.parametrize(
    ("source", "api_url", "commit", "pull", "job"),
    [
        (
            {"kind": "github", "repo": "a/b"},
            "https://api.github.com",
            "https://github.com/a/b/commit/abc",
            "https://github.com/a/b/pull/7",
            "https://github.com/a/b/actions/runs/1/job/2",
        ),
        (
            {"kind": "github", "repo": "a/b"},
            OWN,
            "https://ghe.example.org/a/b/commit/abc",
            "https://ghe.example.org/a/b/pull/7",
            "https://ghe.example.org/a/b/actions/runs/1/job/2",
        ),
        (BUILDKITE, OWN, None, None, "https://buildkite.com/acme/app/builds/1"),
        (
            BUILDKITE | {"repo": "a/b", "api_url": "http://127.0.0.1:1/v2"},
            OWN,
            "https://ghe.example.org/a/b/commit/abc",
            "https://ghe.example.org/a/b/pull/7",
            None,
        ),
        (
            GITLAB | {"url": "https://gitlab.example.org/"},
            OWN,
            "https://gitlab.example.org/group/sub/app/-/commit/abc",
            "https://gitlab.example.org/group/sub/app/-/merge_requests/7",
            "https://gitlab.example.org/group/sub/app/-/jobs/2",
        ),
        (GITLAB | {"project": "81"}, OWN, None, None, None),
        ({"kind": "replay", "recording": "a.jsonl"}, OWN, None, None, None),
    ],
)
def test_each_kind_of_source_has_pages_of_its_own(
    source: dict[str, Any], api_url: str, commit: str | None, pull: str | None, job: str | None
) -> None:
    found = links(TrunkConfig.model_validate({"id": "x", "source": source}), api_url=api_url)

    assert (found.commit("abc"), found.pull(7), found.job(1, 2)) == (commit, pull, job)
    assert found.pull(None) is None
