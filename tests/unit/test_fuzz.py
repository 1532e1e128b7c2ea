"""A little of what `make fuzz` does at length: damaged and made-up input at every entry, answered in our own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.entries import ENTRIES

ODD = st.sampled_from([b"", b"\xff\x00", b"null", b"[]", b"{}", b'""', b"{" * 5000, b"[" * 5000, b'{"a":' * 3000])


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_well_formed_goes_through(name: str) -> None:
    for seed in ENTRIES[name].seeds:
        ENTRIES[name].feed(seed)


@pytest.mark.parametrize("name", ENTRIES)
@given(data=st.binary(max_size=2000) | ODD)
def test_nonsense_is_answered(name: str, data: bytes) -> None:
    ENTRIES[name].feed(data)


@pytest.mark.parametrize("name", ENTRIES)
@given(chosen=st.data())
def test_what_is_well_formed_but_for_a_few_bytes_is_answered(name: str, chosen: st.DataObject) -> None:
    seed = chosen.draw(st.sampled_from(ENTRIES[name].seeds))
    at = chosen.draw(st.integers(0, len(seed)))
    cut = chosen.draw(st.integers(0, 40))
    ENTRIES[name].feed(seed[:at] + chosen.draw(st.binary(max_size=8)) + seed[at + cut :])
