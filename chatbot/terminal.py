"""Text from outside as an operator's terminal may have it: no escape sequence, no control character. Pure."""

from __future__ import annotations


def printable(text: str) -> str:
    """*text* line by line, a space for every character that is not to be seen: a title could move the cursor."""
    return "\n".join("".join(one if one.isprintable() else " " for one in line) for line in text.split("\n"))
