"""What GitHub's refusals mean: which pass by themselves, and what a person must do about the others."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

import gidgethub
from gidgethub import sansio

from chatbot.errors import PermanentError, TransientError, TrunkwatchError
from chatbot.sources.headers import Headers, retry_after

SECONDARY_WAIT = 60.0
"""Seconds to wait after a secondary limit that names no time.

https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""


def refusal(
    status: int, headers: Headers, body: bytes, *, what: str, now: datetime, prefixed: bool = True
) -> TrunkwatchError:
    """The error for an answer that is not a success; *what* is the path asked for, *now* the server's time.

    Not *prefixed*: the address lacks what an own server's API has in front of every path.
    """
    message = _message(status, headers, body)
    wait = _wait(status, headers, message, now)
    if wait is not None:
        return TransientError(f"GitHub's rate limit is reached ({status} {message})", retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        after = retry_after(headers, now)
        return TransientError(f"GitHub is out of order ({status} {message}) for {what}", retry_after=after)
    remedy = _REMEDIES.get(status, "see GitHub's answer")
    if status == HTTPStatus.NOT_FOUND and not prefixed:
        remedy += "; the address of an own server's API ends in /api/v3 (GITHUB_API_URL, or the source's `api_url`)"
    if sso := headers.get("x-github-sso"):
        remedy = f"the organization requires SSO: authorize the token for it ({sso.removeprefix('required; url=')})"
    return PermanentError(f"GitHub refuses {what} ({status} {message}): {remedy}", code=str(status))


_REMEDIES = {
    400: "see GitHub's answer",
    401: "the token is wrong or has expired: set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, anew",
    403: "give the token read access to `contents`, `actions`, `checks` and `pull requests` of the repository",
    404: "it does not exist, or the token may not see it: check `repo` and `branch`, and the token's repositories",
    409: "the repository has no commits",
    410: "it has expired",
    451: "it is blocked for legal reasons",
}


def _message(status: int, headers: Headers, body: bytes) -> str:
    try:
        sansio.decipher_response(status, headers, body)
    except gidgethub.HTTPException as error:
        return str(error)[:200] or HTTPStatus(status).phrase
    except (ValueError, LookupError):
        return "with an unreadable body"
    return ""


def _wait(status: int, headers: Headers, message: str, now: datetime) -> float | None:
    """Seconds to wait where this is one of the limits, `None` where it is not."""
    if status not in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return None
    after = retry_after(headers, now)
    if after is not None:
        return after
    budget = limits(headers)
    if budget is not None and budget.remaining == 0:
        return max(1.0, (budget.reset_datetime - now).total_seconds() + 1.0)
    limited = status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in message.lower() or "abuse" in message.lower()
    return SECONDARY_WAIT if limited else None


def limits(headers: Headers) -> sansio.RateLimit | None:
    """What the headers say about the primary limit, `None` where that is nothing that can be read."""
    try:
        return sansio.RateLimit.from_http(headers)
    except (ValueError, OverflowError, OSError):
        return None
