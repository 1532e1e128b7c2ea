"""Which line of a log wins, whatever the log looks like, and what is refused."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.errors import ConfigError
from chatbot.loglines import Classifier, Explanation, Rule, Rules, classify, failure_rule, with_failure_rules
from chatbot.loglines.stream import LINE_LIMIT, PIECE

NOTHING = Explanation()
ERROR = b"RuntimeError: the ledger is not open"


def test_an_empty_log_explains_nothing() -> None:
    assert classify(b"") == NOTHING


def test_a_log_that_passed_explains_nothing() -> None:
    assert classify(b"collected 3 items\n\ntests/test_errors.py::test_failed PASSED\n3 passed, 0 failed\n") == NOTHING


def test_within_a_rule_the_last_line_wins() -> None:
    found = classify(b"ValueError: one\nfine\nValueError: two\nfine\n")
    assert (found.line, found.line_number) == ("ValueError: two", 3)


def test_between_rules_the_one_believed_first_wins() -> None:
    found = classify(b"FAILED tests/test_a.py::test_b - x\nValueError: two\n##[error]Linter failed\n")
    assert found.rule == "pytest: failed"


def test_a_line_that_only_closes_a_step_never_wins() -> None:
    assert classify(b"##[error]Process completed with exit code 1.\n") == NOTHING
    assert classify(b"##[error]Missing token\n##[error]Process completed with exit code 1.\n").line_number == 1


def test_the_script_of_a_step_is_no_evidence() -> None:
    echoed = b'2026-03-01T10:20:30.1234567Z \x1b[36;1merror: "$x" is not set\x1b[0m\n+ echo error: x\n'
    assert classify(echoed) == NOTHING


@pytest.mark.parametrize(
    "line",
    [
        "E0730 10:12:17.911000 80638 site-packages/common.py:1133] Could not retrieve traceback",
        "WARNING: Retrying after connection broken by 'NewConnectionError: Name or service not known'",
        "Failed to upload: An error occurred (AccessDenied) when calling the PutObject operation",
        "tests/test_cart.py::test_error_is_shown PASSED [ 12%]",
        "-- Looking for error_t - not found",
        "Cache errors                          0",
        "build: cannot find a cache, starting afresh",
        "not ok 3 - rounds # TODO later",
        "0 failed, 3 passed",
    ],
)
def test_what_only_sounds_like_a_failure_explains_nothing(line: str) -> None:
    assert classify(f"{line}\n".encode()) == NOTHING


def test_lines_end_at_newlines_alone() -> None:
    found = classify(b"one\rone\x0bone\x0cone\xe2\x80\xa8one\nValueError: two\r\n")
    assert (found.line, found.line_number) == ("ValueError: two", 2)


def test_the_last_line_needs_no_newline() -> None:
    assert classify(b"one\n" + ERROR).line_number == 2
    assert classify(b"one\n" + ERROR + b"\r").line == ERROR.decode()


@pytest.mark.parametrize(
    "before",
    [
        "2026-03-01T10:20:30.1234567Z ",
        "2026-03-01T10:20:30Z ",
        "2026-03-01 10:20:30,123 ",
        "[2026-03-01T10:20:30+01:00] ",
        "2026-03-01T10:20:30.123456Z 00O ",
        "[10:20:30] ",
        "10:20:30.123 ",
        "[   12.345678] ",
        "\x1b_bk;t=1772360430123\x07",
        "\x1b[0;31m",
        "test\tRun pytest\t2026-03-01T10:20:30.1234567Z ",
        "\x1b]8;;https://example.org\x1b\\",
    ],
)
def test_what_ci_systems_put_in_front_of_a_line_is_taken_off(before: str) -> None:
    found = classify(f"{before}one\n{before}".encode() + ERROR + b"\x1b[0m\n")
    assert (found.line, found.line_number) == (ERROR.decode(), 2)


def test_bytes_that_are_not_utf_8_are_shown_as_replaced() -> None:
    assert (
        classify(b"\xff\xfe"[:1] + b"\nRuntimeError: caf\xe9 closed\n").line
        == "RuntimeError: caf\N{REPLACEMENT CHARACTER} closed"
    )


def test_nuls_are_dropped() -> None:
    assert classify(b"\0\0one\nRuntime\0Error: x\0\n").line == "RuntimeError: x"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_byte_order_mark_says_how_to_read_the_log(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    data = mark + "één\nRuntimeError: café\n".encode(encoding)
    assert classify(data).line == "RuntimeError: café"
    assert classify(data[i : i + 1] for i in range(len(data))).line == "RuntimeError: café"


def test_half_a_character_at_the_end_of_utf_16_is_no_problem() -> None:
    assert classify("RuntimeError: x\n".encode("utf-16") + b"\x41").rule == "python: RuntimeError"
    assert classify(b"\xff\xfe\x00\xd8\x00\xd8").line is None


def test_one_line_of_200_mb_is_read_in_little_memory() -> None:
    classify(ERROR)  # compiled before memory is counted
    tracemalloc.start()
    found = classify(_one_long_line(200))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.line_number, len(found.line or "")) == (1, LINE_LIMIT)
    assert classify(_one_long_line(3), Rules(())) == NOTHING
    assert peak < 8 << 20


def _one_long_line(megabytes: int) -> Iterator[bytes]:
    yield ERROR + b" "
    for _ in range(megabytes):
        yield b"x" * (1 << 20)
    yield b"\nall is well\n"


def test_only_the_beginning_of_a_long_line_is_looked_at() -> None:
    late = b"x" * LINE_LIMIT + b" undefined reference to y\n"
    assert classify(late) == NOTHING
    assert classify(late + ERROR).line_number == 2


@pytest.mark.parametrize("length", [PIECE - 1, PIECE, PIECE + 1, LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, 3 * PIECE])
def test_lines_are_counted_and_found_across_the_borders_of_blocks(length: int) -> None:
    data = b"a" * length + b"\n" + b"b\n" * 70_000 + ERROR + b"\n" + b"c" * length
    expected = classify(data)
    assert (expected.line_number, expected.line) == (70_002, ERROR.decode())
    assert classify(data[i : i + 9_973] for i in range(0, len(data), 9_973)) == expected


LINES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            ERROR,
            b"2026-03-01T10:20:30.1234567Z \x1b[31mFAILED tests/test_a.py::test_b[x y] - boom\x1b[0m\r",
            b"a.cpp:1:2: error: x",
            b"##[error]Process completed with exit code 1.",
            "caf\u00e9 \u2028 failed: x".encode(),
            b"--- FAIL: TestX (0.00s)",
            b"x" * (LINE_LIMIT - 3) + b"error: late",
        ]
    ),
)
UNHURRIED = settings(deadline=None)  # the first example compiles the rules
LOGS = st.lists(LINES, max_size=12).map(b"\n".join)


@UNHURRIED
@given(
    data=LOGS, cuts=st.lists(st.integers(0, 2_000), max_size=6), mark=st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff"])
)
def test_how_a_log_is_cut_into_pieces_never_changes_the_answer(data: bytes, cuts: list[int], mark: bytes) -> None:
    data = mark + data
    assert classify(_cut(data, cuts)) == classify(data)


def _cut(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places) if end > start] + ([] if data else [b""])


@UNHURRIED
@given(data=st.binary(max_size=3_000))
def test_any_bytes_get_an_answer_whose_line_is_in_the_log(data: bytes) -> None:
    found = classify(data)
    assert (found.line is None) == (found.line_number is None) == (found.rule is None)
    assert 1 <= (found.line_number or 1) <= data.count(b"\n") + 1


@UNHURRIED
@given(before=st.lists(st.sampled_from(["fine", "", "ValueError: a", "FAILED a.py::test_a"]), max_size=5))
def test_the_line_number_is_where_the_line_stands(before: list[str]) -> None:
    lines = [*before, ERROR.decode(), "fine"]
    found = classify("\n".join(lines).encode())
    assert found.line_number is not None
    assert lines[found.line_number - 1] == found.line


def test_a_classifier_can_be_fed_nothing() -> None:
    classifier = Classifier()
    classifier.feed(b"")
    assert classifier.finish() == NOTHING


def test_a_failure_rule_is_believed_by_its_priority() -> None:
    log = b"ledger: out of balance\nFAILED a.py::test_a - x\n"
    assert classify(log, with_failure_rules([failure_rule("ledger", "^ledger: ", 900)])).rule == "ledger"
    assert classify(log, with_failure_rules([failure_rule("ledger", "^ledger: ", 100)])).rule == "pytest: failed"


def test_a_failure_rule_goes_before_shipped_ones_of_its_priority() -> None:
    added = with_failure_rules([failure_rule("ours", "^RuntimeError: the ledger", 500)])
    assert classify(ERROR, added).rule == "ours"


def test_a_failure_rule_may_mean_a_line_that_closes_a_step() -> None:
    rules = with_failure_rules([failure_rule("out of memory", "exit code 137", 1_000)])
    assert classify(b"##[error]Process completed with exit code 137.\n", rules).rule == "out of memory"


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", "RE2"),
        ("(?=x)y", "look-around"),
        ("x*", "matches an empty line"),
        ("^$", "matches an empty line"),
        (r"\Aerror", r"not \A"),
        ("x" * 2_000, "2000 characters"),
    ],
)
def test_a_failure_rule_that_cannot_work_is_refused_by_name(pattern: str, says: str) -> None:
    with pytest.raises(ConfigError, match="failure rule 'mine'") as refused:
        failure_rule("mine", pattern, 500)
    assert says in str(refused.value)


def test_a_rule_never_matches_across_lines() -> None:
    assert classify(b"a\nb\n", Rules((Rule("across", r"a\sb", 1),))) == NOTHING
