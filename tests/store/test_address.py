from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ConfigError
from chatbot.store.address import Kind, parse


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost", "redis://localhost:6379"),
        ("redis://user:geheim@redis.example:7000/3", "redis://redis.example:7000/3"),
        ("redis://:geheim@[::1]:7000", "redis://[::1]:7000"),
        ("rediss://10.0.0.1?ssl_ca_certs=/ca.pem&ssl_check_hostname=no", "rediss://10.0.0.1:6379"),
        ("valkey://v", "redis://v:6379"),
        ("valkeys://v/0", "rediss://v:6379"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("unix://u:geheim@/run/redis.sock?db=2", "unix:///run/redis.sock/2"),
        ("redis+cluster://a,b:7001", "redis+cluster://a:6379,b:7001"),
        ("redis+cluster://a?tls=yes", "rediss+cluster://a:6379"),
        ("redis+sentinel://u:geheim@a,b:26380/mymaster/1", "redis+sentinel://a:26379,b:26380/mymaster/1"),
        ("rediss+sentinel://a/m?sentinel_password=geheim", "rediss+sentinel://a:26379/m"),
        ("  redis://localhost\n", "redis://localhost:6379"),
        ("redis://h?password=geheim", "redis://h:6379"),
    ],
)
def test_an_address_shows_where_and_never_the_password(url: str, shown: str) -> None:
    address = parse(url)
    assert str(address) == shown
    assert "geheim" not in repr(address) + str(address)


def test_credentials_are_decoded() -> None:
    address = parse("redis://al%40ice:p%2Fa%3As%40s@h")
    assert (address.username, address.password, address.secrets) == ("al@ice", "p/a:s@s", ("p/a:s@s",))


def test_options_of_tls_are_kept() -> None:
    address = parse("rediss://h?ssl_cert_reqs=none&ssl_check_hostname=false&ssl_ca_certs=/ca.pem")
    assert dict(address.tls_options) == {
        "ssl_cert_reqs": "none",
        "ssl_check_hostname": False,
        "ssl_ca_certs": "/ca.pem",
    }


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("localhost:6379", "must begin with"),
        ("http://localhost", "must begin with"),
        ("", "must begin with"),
        ("redis://h/one", "database must be a number"),
        ("redis://h/1/2", "more than a database number"),
        ("redis://h:99999", "port must be a number"),
        ("redis://user:pass/word@h", "must be written as"),
        ("redis://:pass#word@h", "must be written as"),
        ("redis://geheim:geheim", "a password ends with @"),
        ("redis://h?timeout=3", "unknown option 'timeout'"),
        ("redis://h?ssl_cert_reqs=maybe", "none, optional or required"),
        ("rediss://h?ssl_check_hostname=maybe", "yes or no"),
        ("redis+cluster://h/1", "database 0 only"),
        ("redis+sentinel://h", "service is missing"),
        ("unix://redis.sock", "absolute path"),
        ("redis://[::1", "not well-formed"),
        ("redis://:6379", "a host is missing"),
    ],
)
def test_a_wrong_url_is_refused_with_the_reason_and_the_forms(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as refused:
        parse(url)
    assert "redis+sentinel://HOST" in str(refused.value)
    assert "geheim" not in str(refused.value)


SECRET = "hunter2XYZ"


def said_of(url: str) -> str:
    """What is shown of *url*: its address, or why it is none."""
    try:
        return repr(parse(url)) + str(parse(url))
    except ConfigError as refused:
        return str(refused)


@given(
    before=st.text(max_size=6),
    after=st.text(max_size=6),
    scheme=st.sampled_from(["redis", "unix", "redis+sentinel", "x"]),
)
def test_whatever_surrounds_a_password_it_is_never_repeated(before: str, after: str, scheme: str) -> None:
    assert SECRET not in said_of(f"{scheme}://{before}:{SECRET}@{after}")


@given(st.text())
def test_any_text_is_an_address_or_a_clear_error(text: str) -> None:
    assert said_of(text).startswith(("REDIS_URL: ", "Address("))


def test_a_socket_has_no_host() -> None:
    assert parse("unix:///x").hosts == ()
    assert parse("unix:///x").kind is Kind.SOCKET
