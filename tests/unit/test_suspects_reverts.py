from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.ci import Commit
from chatbot.suspects import Revert, revert_target

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ('Revert "Add a thing (#12)"', f"This reverts commit {SHA}.", Revert(SHA, None, 12, "Add a thing")),
        ('Revert "Add a thing" (#13)', "Reverts octo/widgets#12", Revert(None, "octo/widgets", 12, "Add a thing")),
        ('Revert "Add a thing (#12)" (#13)', "", Revert(None, None, 12, "Add a thing")),
        ("Back out the change", "Summary:\nThis reverts commit 0123456789AB", Revert("0123456789ab")),
        ("Undo", "Reverts #77", Revert(None, None, 77)),
        ('[ci] Revert "x"', "", Revert(None, None, None, "x")),
        ('Revert "Revert "x" (#1)" (#2)', "", Revert(None, None, 1, 'Revert "x"')),
        ("Revertible logs", "It reverts nothing", None),
        ("", "", None),
    ],
)
def test_a_revert_says_what_it_takes_back(title: str, body: str, expected: Revert | None) -> None:
    assert revert_target(title, body) == expected


def landed(sha: str, title: str, pr: int | None = None) -> Commit:
    return Commit(sha, datetime(2026, 1, 1, tzinfo=UTC), title, pr=pr)


TRUNK = (landed(SHA, "Add a thing (#12)"), landed("f" * 40, "Add a thing", 15), landed("e" * 40, "Other"))


@pytest.mark.parametrize(
    ("revert", "expected"),
    [
        (Revert(sha=SHA[:10], pr=15), TRUNK[0]),
        (Revert(pr=12), TRUNK[0]),
        (Revert(pr=15), TRUNK[1]),
        (Revert(title="Add a thing"), TRUNK[1]),
        (Revert(title="Never landed"), None),
        (Revert(sha="9" * 40), None),
    ],
)
def test_the_commit_is_found_by_sha_then_pull_request_then_title(revert: Revert, expected: Commit | None) -> None:
    assert revert.target(TRUNK) == expected


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_read_without_an_error(title: str, body: str) -> None:
    revert_target(title, body)
