from __future__ import annotations

import pytest
from redis import exceptions as foreign
from redis.asyncio.sentinel import MasterNotFoundError
from redis.connection import DefaultParser

from chatbot.errors import PermanentError, TransientError
from chatbot.store.refusals import REFUSALS, code, translate, without


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("LOADING Redis is loading the dataset in memory", "LOADING"),
        ("READONLY You can't write against a read only replica.", "READONLY"),
        ("CLUSTERDOWN Hash slot not served", "CLUSTERDOWN"),
        ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "MASTERDOWN"),
        ("TRYAGAIN Multiple keys request during rehashing of slot", "TRYAGAIN"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "OOM"),
        ("ERR Error running script (call to f_12): @user_script:9: -OOM command not allowed when used memory", "OOM"),
        (
            "ERR Error running script: @user_script: 4: -READONLY You can't write against a read only replica.",
            "READONLY",
        ),
        ("MISCONF Errors writing to the AOF file: No space left on device", "MISCONF"),
        ("NOAUTH Authentication required.", "NOAUTH"),
        ("WRONGPASS invalid username-password pair or user is disabled.", "WRONGPASS"),
        ("ERR invalid password", "WRONGPASS"),
        ("NOPERM this user has no permissions to run the 'get' command", "NOPERM"),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE"),
        ("ERR max number of clients reached", "MAXCLIENTS"),
        ("CROSSSLOT Keys in request don't hash to the same slot", "CROSSSLOT"),
        ("BUSY Redis is busy running a script.", "BUSY"),
        ("NOREPLICAS Not enough good replicas to write.", "NOREPLICAS"),
        ("ERR unknown command 'FOO'", ""),
    ],
)
def test_what_a_server_answers_is_recognised(answer: str, word: str) -> None:
    parsed = DefaultParser.parse_error(answer)  # type: ignore[no-untyped-call]  # redis-py forgot this one's types
    assert code(parsed) == word


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (foreign.TimeoutError("Timeout reading from socket"), "TIMEOUT"),
        (TimeoutError(), "TIMEOUT"),
        (ConnectionRefusedError(), "UNREACHABLE"),
        (foreign.ConnectionError("Connection closed by server."), "UNREACHABLE"),
        (MasterNotFoundError("No master found"), "NOMASTER"),
        (foreign.RedisClusterException("Redis Cluster cannot be connected."), "CLUSTERDOWN"),
        (MasterNotFoundError("No master found for 'm' : <x> - network:ConnectionError"), "UNREACHABLE"),
        (MasterNotFoundError("No master found for 'm' : <x> - auth:AuthenticationError"), "SENTINEL_AUTH"),
        (foreign.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), "CERTIFICATE_VERIFY_FAILED"),
        (foreign.SlotNotCoveredError("Slot 12 is not covered"), "CLUSTERDOWN"),
        (foreign.MaxConnectionsError(), "MAXCLIENTS"),
        (foreign.AuthenticationError("no code"), "WRONGPASS"),
    ],
)
def test_what_the_driver_raises_is_recognised(error: Exception, word: str) -> None:
    assert code(error) == word


LASTING = {"SENTINEL_AUTH", "CERTIFICATE_VERIFY_FAILED", "NOAUTH", "WRONGPASS", "NOPERM", "WRONGTYPE", "CROSSSLOT"}


@pytest.mark.parametrize("word", sorted(REFUSALS))
def test_every_refusal_says_where_what_and_its_code(word: str) -> None:
    error = translate(foreign.ResponseError(f"{word} x", status_code=word), "redis://h:1")
    assert isinstance(error, PermanentError if word in LASTING else TransientError)
    assert str(error).startswith("Redis at redis://h:1: ")
    assert str(error).endswith(f"({word})")


def test_an_unknown_answer_lasts_and_is_shown_without_secrets() -> None:
    error = translate(foreign.ResponseError("unknown command 'AUTH', with args: 'geheim'"), "redis://h", ("geheim",))
    assert isinstance(error, PermanentError)
    assert "***" in str(error)
    assert "geheim" not in str(error)


def test_text_is_cut_and_put_on_one_line() -> None:
    assert without("a\n b" + "c" * 999, [""]) == ("a b" + "c" * 999)[:300]
