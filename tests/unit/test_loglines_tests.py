"""Names of failing tests, fingerprints, and gzipped logs."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import UserError
from chatbot.loglines import classify, expanded, fingerprint
from chatbot.loglines.fingerprint import shape
from chatbot.loglines.tests_named import TESTS_LIMIT


@pytest.mark.parametrize(
    ("line", "test"),
    [
        ("FAILED [1.2s] shop/test_x.py::TestX::test_y - AssertionError", "shop/test_x.py::TestX::test_y"),
        ("FAILED test_x.py::test_y[a b - c] - ValueError: x", "test_x.py::test_y[a b - c]"),
        ("ERROR test_x.py::TestX::test_y - RuntimeError", "test_x.py::TestX::test_y"),
        ("FAILED CONSISTENTLY: test_x.py::TestX::test_y", "test_x.py::TestX::test_y"),
        ("FAIL: test_y (shop.test_x.TestX.test_y)", "shop.test_x.TestX::test_y"),
        ("FAIL [0.01s]: test_y (__main__.TestX)", "TestX::test_y"),
        ("[  FAILED  ] AllocatorTest.Splits (3 ms)", "AllocatorTest.Splits"),
        ("    --- FAIL: TestParse/empty (0.00s)", "TestParse/empty"),
        ("test tree::tests::removes ... FAILED", "tree::tests::removes"),
        (" FAIL  src/cart.test.ts > Cart > adds up", "src/cart.test.ts > Cart > adds up"),
        ("  ● Cart \u203a adds up", "Cart \u203a adds up"),
        ("CartTest > addsUp() FAILED", "CartTest > addsUp()"),
        ("[ERROR] org.shop.CartTest.addsUp -- Time elapsed: 0.02 s <<< FAILURE!", "org.shop.CartTest.addsUp"),
        ("  Failed Shop.Tests.CartTest.AddsUp [12 ms]", "Shop.Tests.CartTest.AddsUp"),
        ("//shop:cart_test    FAILED in 0.4s", "//shop:cart_test"),
        ("  12 - scheduler_smoke (SEGFAULT)", "scheduler_smoke"),
        ("Test Case '-[ShopTests testAddsUp]' failed (0.012 seconds).", "-[ShopTests testAddsUp]"),
        ("rspec ./spec/cart_spec.rb:12 # Cart adds up", "./spec/cart_spec.rb:12"),
    ],
)
def test_a_failing_test_is_named_as_its_tool_takes_it(line: str, test: str) -> None:
    assert classify(f"2026-03-01T10:20:30.1234567Z {line}\n".encode()).tests == (test,)


def test_tests_that_passed_are_not_named() -> None:
    log = (
        b"x.py::test_y PASSED\n[       OK ] A.B (1 ms)\n--- PASS: TestX (0.00s)\ntest a::b ... ok\nXFAIL x.py::test_z\n"
    )
    assert classify(log).tests == ()


def test_tests_are_named_once_and_in_order() -> None:
    log = b"FAILED b.py::test_1 - x\nFAILED a.py::test_2 - x\nFAILED b.py::test_1 - x\n"
    assert classify(log).tests == ("b.py::test_1", "a.py::test_2")


def test_very_many_failing_tests_are_cut() -> None:
    log = "".join(f"FAILED a.py::test_{number} - x\n" for number in range(TESTS_LIMIT * 3)).encode()
    assert len(classify(log).tests) == TESTS_LIMIT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "RuntimeError: Process 0 timed out after 310.01157 seconds",
            "RuntimeError: Process 3 timed out after 300.2 seconds",
        ),
        ("FAILED [310.0s] a.py::test_b - x", "FAILED [12.25s] a.py::test_b - x"),
        ("double free at 0x7fea0d9b9480", "double free at 0x55"),
        ("error in /home/runner/work/shop/cart.py:12", "error in /__w/1/s/shop/cart.py:14"),
        (r"C:\actions\a\cart.cpp(12): error C2065", r"D:\b\cart.cpp(99): error C2065"),
        ("cannot open /tmp/tmpab12/x", "cannot open /tmp/tmpzz/y/z"),
        ("request 3fa85f64-5717-4562-b3fc-2c963f66afa6 failed", "request 0fa85f64-0717-0562-03fc-0c963f66afa6 failed"),
        ("could not apply f2c14040ce9aa74d", "could not apply 0123456789abcdef01"),
        ("Tried to allocate 20.00 MiB", "Tried to allocate 1.5 GiB"),
        ("at 2026-03-01T10:20:30Z", "at 2026-04-02T11:21:31Z"),
    ],
)
def test_equal_failures_have_equal_fingerprints(one: str, other: str) -> None:
    assert shape(one) == shape(other)
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FAILED a.py::test_conv2d - x", "FAILED a.py::test_conv3d - x"),
        ("FAILED a.py::test_add_float32 - x", "FAILED a.py::test_add_float64 - x"),
        ("error C2143: syntax error", "error C2065: undeclared identifier"),
        ("ValueError: x", "TypeError: x"),
    ],
)
def test_different_failures_have_different_fingerprints(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@given(
    words=st.lists(st.sampled_from(["failed", "after", "of", "shape"]), max_size=5),
    one=st.integers(),
    other=st.integers(),
)
def test_a_number_never_changes_a_fingerprint(words: list[str], one: int, other: int) -> None:
    line = " {} ".join(["error", *words, "end"])
    assert fingerprint(line.replace("{}", str(one))) == fingerprint(line.replace("{}", str(other)))


@given(line=st.text(max_size=300))
def test_any_text_has_a_fingerprint(line: str) -> None:
    assert len(fingerprint(line)) == 12


def test_what_is_not_gzipped_passes_as_it_is() -> None:
    assert b"".join(expanded([b"a", b"", b"bc\n"])) == b"abc\n"
    assert b"".join(expanded([])) == b""


@given(size=st.integers(1, 4_000))
def test_a_gzipped_log_is_expanded_however_it_is_cut(size: int) -> None:
    packed = gzip.compress(b"first\n" * 500, mtime=0) + gzip.compress(b"second\n") + b"\0" * 512
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert b"".join(expanded(pieces)) == b"first\n" * 500 + b"second\n"


@pytest.mark.parametrize(
    ("packed", "says"),
    [
        (gzip.compress(b"x" * 5_000, mtime=0)[:-9], "ends too early"),
        (gzip.compress(b"x", mtime=0)[:10] + b"garbage that is no deflate", "not valid gzip"),
        (gzip.compress(b"x", mtime=0) + b"trailing", "not valid gzip"),
        (b"PK\x03\x04 and so on", "zip archive"),
        (b"BZh91AY&SY", "bzip2"),
    ],
)
def test_a_log_that_cannot_be_unpacked_is_refused_clearly(packed: bytes, says: str) -> None:
    with pytest.raises(UserError, match=says):
        list(expanded([packed]))


def test_a_gzip_bomb_is_refused_by_its_ratio() -> None:
    bomb = gzip.compress(bytes(16 << 20), mtime=0) * 9
    with pytest.raises(UserError, match="times its size"):
        for _ in expanded([bomb]):
            pass


def test_a_gzipped_log_over_the_limit_is_refused() -> None:
    with pytest.raises(UserError, match="more than 1,000 bytes"):
        list(expanded([gzip.compress(b"x" * 1_001, mtime=0)], limit=1_000))
