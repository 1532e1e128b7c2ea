"""What GitHub's answers hold besides what anybody here reads: addresses, counts, flags, so that they are whole.

Which fields there have to be is GitHub's OpenAPI description's matter; the tests hold the sandbox to it. Addresses are
of the right shape and lead nowhere.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Json = dict[str, Any]

BEGAN = "2016-08-13T05:26:41Z"
"""Since when everything here exists."""

_PERSONS = [
    "events",
    "followers",
    "following",
    "gists",
    "organizations",
    "received_events",
    "repos",
    "starred",
    "subscriptions",
]
_REPOSITORIES = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]
_COUNTS = [
    "forks",
    "forks_count",
    "network_count",
    "open_issues",
    "open_issues_count",
    "size",
    "stargazers_count",
    "subscribers_count",
    "watchers",
    "watchers_count",
]
_FEATURES = ["has_discussions", "has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki"]


def number(text: str) -> int:
    """A number for a name that has none."""
    return zlib.crc32(text.encode()) + 10_000_000


def written(at: datetime | None) -> str | None:
    """Seconds and a Z, as GitHub writes times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


@lru_cache  # nobody alters what is shown, and it is shown in every run
def person(url: str, login: str) -> Json:
    """An account."""
    base = f"{url}/users/{login}"
    return {
        "login": login,
        "id": number(login),
        "node_id": f"U_{number(login)}",
        "avatar_url": f"{url}/avatars/{login}",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{url}/{login}",
        "type": "User",
        "site_admin": False,
        **{f"{name}_url": f"{base}/{name}" for name in _PERSONS},
    }


@lru_cache  # as above
def small_repository(url: str, name: str, repository_id: int) -> Json:
    """A repository as it is shown inside of other things."""
    owner, _, short = name.partition("/")
    base = f"{url}/repos/{name}"
    return {
        "id": repository_id,
        "node_id": f"R_{repository_id}",
        "name": short,
        "full_name": name,
        "private": False,
        "owner": person(url, owner),
        "html_url": f"{url}/{name}",
        "description": None,
        "fork": False,
        "url": base,
        **{f"{part}_url": f"{base}/{part}" for part in _REPOSITORIES},
    }


def repository(url: str, name: str, repository_id: int, branch: str) -> Json:
    """`/repos/{owner}/{repo}`."""
    web = f"{url}/{name}"
    return small_repository(url, name, repository_id) | {
        "default_branch": branch,
        "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
        "clone_url": f"{web}.git",
        "git_url": f"{web}.git",
        "ssh_url": f"{web}.git",
        "svn_url": web,
        "mirror_url": None,
        "homepage": None,
        "language": "Python",
        "license": None,
        "archived": False,
        "disabled": False,
        "visibility": "public",
        "created_at": BEGAN,
        "updated_at": BEGAN,
        "pushed_at": BEGAN,
        **dict.fromkeys(_COUNTS, 0),
        **dict.fromkeys(_FEATURES, False),
    }


def app(url: str, name: str, slug: str | None = None) -> Json:
    """A GitHub App, which makes check runs."""
    return {
        "id": number(name),
        "slug": slug or name.lower().replace(" ", "-"),
        "node_id": f"A_{number(name)}",
        "owner": person(url, "github"),
        "name": name,
        "description": "",
        "external_url": url,
        "html_url": f"{url}/apps/{number(name)}",
        "created_at": BEGAN,
        "updated_at": BEGAN,
        "permissions": {"checks": "write", "metadata": "read"},
        "events": ["check_run"],
    }


def check_run(url: str, repo: str, told: Json) -> Json:
    """The check run that *told* says the essence of."""
    base = f"{url}/repos/{repo}"
    output = {
        "title": None,
        "summary": None,
        "text": None,
        "annotations_count": 0,
        "annotations_url": f"{base}/check-runs/{told['id']}/annotations",
    }
    return {
        "node_id": f"CR_{told['id']}",
        "external_id": "",
        "url": f"{base}/check-runs/{told['id']}",
        "html_url": f"{url}/{repo}/runs/{told['id']}",
        "details_url": f"{url}/{repo}/runs/{told['id']}",
        "pull_requests": [],
        **told,
        "output": output | told.get("output", {}),
    }


def status(url: str, repo: str, sha: str, told: Json) -> Json:
    """The commit status that *told* says the essence of."""
    return {
        "node_id": f"SC_{told['id']}",
        "url": f"{url}/repos/{repo}/statuses/{sha}",
        "avatar_url": None,
        "description": None,
        "target_url": f"https://ci.example.org/{told['id']}",
        "required": False,
        **told,
    }


def pull(url: str, repo: str, told: Json, *, sha: str, base: Json) -> Json:
    """The pull request that *told* says the essence of; *base* is the repository, *sha* what was merged."""
    api, web = f"{url}/repos/{repo}/pulls/{told['number']}", f"{url}/{repo}/pull/{told['number']}"
    issue = f"{url}/repos/{repo}/issues/{told['number']}"
    end = {"sha": sha, "user": base["owner"], "repo": base}
    addresses = {
        "url": api,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "issue_url": issue,
        "commits_url": f"{api}/commits",
        "review_comments_url": f"{api}/comments",
        "review_comment_url": f"{url}/repos/{repo}/pulls/comments",
        "comments_url": f"{issue}/comments",
        "statuses_url": f"{url}/repos/{repo}/statuses/{sha}",
    }
    links = {"self": "url", "html": "html_url", "issue": "issue_url", "commits": "commits_url"}
    links |= {"comments": "comments_url", "statuses": "statuses_url"}
    links |= {"review_comments": "review_comments_url", "review_comment": "review_comment_url"}
    at = told["merged_at"]
    return {
        **addresses,
        "id": number(web),
        "locked": False,
        "body": None,
        "labels": [],
        "milestone": None,
        "assignee": None,
        "created_at": at,
        "updated_at": at,
        "closed_at": at,
        "draft": False,
        "author_association": "MEMBER",
        "auto_merge": None,
        "_links": {name: {"href": addresses[field]} for name, field in links.items()},
        **told,
        "head": {"label": f"{repo.partition('/')[0]}:change", "ref": "change", **end},
        "base": {"label": f"{repo.partition('/')[0]}:{told['base']['ref']}", "ref": told["base"]["ref"], **end},
    }


def comment(url: str, repo: str, pull: int, told: Json) -> Json:
    """The comment on a pull request that *told* says the essence of."""
    issue = f"{url}/repos/{repo}/issues/{pull}"
    return {
        "node_id": f"IC_{told['id']}",
        "url": f"{url}/repos/{repo}/issues/comments/{told['id']}",
        "html_url": f"{url}/{repo}/pull/{pull}#issuecomment-{told['id']}",
        "issue_url": issue,
        "user": person(url, "octocat"),
        "updated_at": told["created_at"],
        "author_association": "MEMBER",
        **told,
    }


def installation(url: str, owner: str, installation_id: int) -> Json:
    """The installation of an App."""
    return {
        "id": installation_id,
        "account": person(url, owner),
        "app_id": 1,
        "app_slug": "trunkwatch",
        "target_id": number(owner),
        "target_type": "Organization",
        "repository_selection": "all",
        "access_tokens_url": f"{url}/app/installations/{installation_id}/access_tokens",
        "repositories_url": f"{url}/installation/repositories",
        "html_url": f"{url}/organizations/{owner}/settings/installations/{installation_id}",
        "permissions": {"actions": "read", "contents": "read", "metadata": "read"},
        "events": [],
        "single_file_name": None,
        "created_at": BEGAN,
        "updated_at": BEGAN,
        "suspended_by": None,
        "suspended_at": None,
    }
