"""YAML that is no configuration, or too much of one, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.config import InvalidConfigError, load, read
from chatbot.config.document import MAX_BYTES, parse, plain
from chatbot.errors import ConfigError


def complaints(text: str) -> str:
    with pytest.raises(InvalidConfigError) as caught:
        read(text)
    return str(caught.value)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{','.join(['*' + chr(97 + at)] * 9)}]\n" for at in range(9)
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "1:1: is empty; begin with `version: 1`"),
        ("# nothing\n", "1:1: is empty"),
        ("- a\n", "1:1: has to be a mapping"),
        ("version: 1\n---\nversion: 1\n", "2:1: a second document begins here"),
        ("a: b: c", "1:5: is not YAML: mapping values are not allowed here"),
        ("a: *b", "1:4: *b stands for nothing"),
        ("a: &a [*a]", "1:8: *a stands for nothing"),
        ("a: !!python/object:os.system x", "tags are not used here"),
        ("? [a]\n: b", "has a key that is not text"),
        ("<<: 3", "`<<` takes an alias of a mapping"),
        ("a: \x00", "1:4: has a control character"),
        ('a: "\\ud800"', "1:4: has half of a character"),
        ('a: "\\UFFFFFFFF"', "is not YAML"),
        ("[" * 1000, "is nested deeper than 40 levels"),
        (BOMB, "holds more than 50,000 values"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, complaint: str) -> None:
    assert complaint in complaints(text)


def test_a_text_of_too_many_values_is_not_read_to_its_end() -> None:
    with pytest.raises(InvalidConfigError, match="x:1:19: here the file holds more than 10 values"):
        parse("a: [" + "x," * 20 + "{", "x", most=10)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"version: 1\n\xff\xfe\x00")
    (tmp_path / "large").write_bytes(b"a" * (MAX_BYTES + 1))
    for name, complaint in {
        "missing": "there is no such file",
        ".": "is a directory; name the file in it",
        "binary": ":2:1: is not UTF-8 text",
        "large": "is larger than 500,000 bytes",
    }.items():
        with pytest.raises(ConfigError, match=complaint):
            load(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("no", "no"), ("09:00", "09:00"), ("1:30", "1:30"), ("2026-01-05", "2026-01-05"), ("60s", "60s"),
        ("~", None), ("true", True), ("False", False), ("0o17", 15), ("0x1F", 31), ("012", 12), ("1e3", 1000.0),
        ("-.5", -0.5), ("1_000", "1_000"), (".inf", ".inf"), ("1" * 30, float("1" * 30)),
    ],
)  # fmt: skip
def test_plain_text_is_read_by_the_core_schema(text: str, value: object) -> None:
    assert plain(text) == value


TOKENS = st.lists(
    st.sampled_from(
        [*"[]{}:,-#&*!|>'\"%@`? \n\t\\~", "<<", "version: 1", "trunks:", "\n  - ", "source:", "\\U", "é", "\x85"]
    )
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(st.text(), TOKENS.map("".join)))
def test_any_text_is_a_configuration_or_a_clear_refusal(text: str) -> None:
    with pytest.raises(InvalidConfigError, match=r"^x:\d+:\d+: "):
        read(text, name="x")
