"""Which addresses of Slack's are opened: Slack's own hosts, and the one that is configured. Pure: nothing is opened.

An answer address, an upload's or a socket's comes in a payload or an answer. Wherever else it points, nothing is sent.
"""

from __future__ import annotations

from typing import Final

from yarl import URL

from chatbot.errors import PermanentError

OWN: Final = ("slack.com", "slack-gov.com")
"""Slack's domains; the second is GovSlack's. https://docs.slack.dev/govslack"""
_PLAIN: Final = frozenset({"http", "ws"})
_SECURE: Final = frozenset({"https", "wss"})


def allowed(url: str, *, api: str, what: str) -> str:
    """*url*, where Slack, whose API is at *api*, may have its *what*.

    Raises:
        PermanentError: it is no address, on a host of somebody else's, or not encrypted where *api* is.
    """
    configured = URL(api)
    try:
        found = URL(url)
        host = (found.host or "").lower()
    except ValueError as error:
        raise PermanentError(f"Slack's {what} is no address: nothing is sent there", code="invalid_url") from error
    schemes = _SECURE if configured.scheme == "https" else _SECURE | _PLAIN
    if found.scheme not in schemes or not host:
        raise PermanentError(f"There is no safe address for Slack's {what}: nothing is sent there", code="invalid_url")
    if host != configured.host and not (host in OWN or host.endswith(tuple(f".{own}" for own in OWN))):
        raise PermanentError(
            f"Slack's {what} is on {host}, which is neither Slack's nor the host of SLACK_API_URL: nothing is sent"
            " there",
            code="other_host",
        )
    return url
