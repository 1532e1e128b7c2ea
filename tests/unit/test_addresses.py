"""Where answers may point: to the service itself, to Slack's hosts, and a log to a place as safe as its service."""

from __future__ import annotations

import pytest
from yarl import URL

from chatbot.errors import PermanentError, TransientError
from chatbot.slack import places
from chatbot.sources import addresses

OUTSIDE, LOCAL = "https://ci.example.org/api", "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "log", ["https://logs.blob.core.windows.net/x?sig=1", "https://8.8.8.8/x", "https://ci.example.org/x"]
)
def test_a_log_may_be_kept_on_any_encrypted_host_outside(log: str) -> None:
    assert addresses.storage(URL(log), api=URL(OUTSIDE), name="CI") == URL(log)


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("http://logs.example.org/x", "not encrypted"),
        ("http://169.254.169.254/latest/meta-data", "not encrypted"),
        ("https://127.0.0.1/x", "inside of a network"),
        ("https://10.0.0.8/x", "inside of a network"),
        ("https://[::1]/x", "inside of a network"),
        ("https://[::ffff:127.0.0.1]/x", "inside of a network"),
        ("https://localhost/x", "inside of a network"),
        ("https://LOCALHOST./x", "inside of a network"),
        ("https://db.localhost/x", "inside of a network"),
        ("https://0.0.0.0/x", "inside of a network"),
    ],
)
def test_a_log_is_not_kept_less_safely_than_its_service(log: str, why: str) -> None:
    with pytest.raises(PermanentError, match=why):
        addresses.storage(URL(log), api=URL(OUTSIDE), name="CI")


def test_a_service_on_this_machine_may_keep_its_logs_here() -> None:
    assert addresses.storage(URL("http://127.0.0.1:9/x"), api=URL(LOCAL), name="CI")


@pytest.mark.parametrize(
    "url",
    [
        "https://ci.example.org:444/x",
        "http://ci.example.org/x",
        "https://example.org/x",
        "@example.org/x",
        ".example.org/",
    ],
)
def test_an_answer_points_to_its_own_origin_or_is_refused(url: str) -> None:
    with pytest.raises((PermanentError, TransientError)):
        addresses.within(URL("https://ci.example.org"), url, name="CI", setting="`url`")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/x",
        "https://files.slack.com/upload/v1/x",
        "wss://wss-primary.slack.com/link",
        "https://hooks.slack-gov.com/x",
    ],
)
def test_slacks_own_hosts_are_slacks(url: str) -> None:
    assert places.allowed(url, api="https://slack.com/api/", what="address") == url


def test_the_configured_host_is_slacks_too_but_not_less_encrypted() -> None:
    assert places.allowed("https://proxy.example.org/x", api="https://proxy.example.org/api/", what="address")
    assert places.allowed("http://127.0.0.1:9/x", api="http://127.0.0.1:8/api/", what="address")
    with pytest.raises(PermanentError, match="nothing is sent there"):
        places.allowed("http://proxy.example.org/x", api="https://proxy.example.org/api/", what="address")
