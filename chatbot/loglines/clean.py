"""Takes off a line what the terminal and the CI system put around it, so that rules see what the tool said.

Colours, timestamps, the `job<TAB>step` columns of `gh run view --log`, carriage returns and NULs go;
the echo of a step's script, which GitHub prints in one colour of its own, goes altogether. The number of
lines never changes. Nothing is translated or shortened.
"""

from __future__ import annotations

import re
from typing import Final

# In front of a block stands a newline, so that every line's beginning looks the same.
_DATE = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_STAMP: Final = re.compile(
    rb"\n(?:\[?"
    + _DATE
    + rb"\]?(?: \d\d[OE])?|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?|\[ *\d+\.\d{2,6}\])(?:[ \t]|(?=\n)|\Z)",
)
# GitHub's own stamp, on nearly every line of its logs: what is checked loosely is matched fast. A NUL marks that a
# stamp is gone, so that no second one is taken off; NULs of the log are gone by then.
_GITHUB: Final = re.compile(rb"\n20..-..-..T..:..:..\........Z ")
_OTHER: Final = re.compile(rb"\n\[? *\d")
_TAKEN: Final = b"\n\0"
_SCRIPT: Final = re.compile(rb"Z \x1b\[36;1m[^\n]*")
_COLUMNS: Final = re.compile(rb"\n[^\t\n]+\t[^\t\n]+\t(?=" + _DATE + rb"(?: |\n|\Z))")
_ESCAPE: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]_P^X][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-OQ-WYZ\\`-~])|\x1b",
)


def clean(block: bytes) -> bytes:
    """*block* of whole lines, UTF-8, as the tools wrote it."""
    block = b"\n" + _readable(block)
    if b"\x1b" in block:
        block = _ESCAPE.sub(b"", _SCRIPT.sub(b"Z ", block))
    if b"\t20" in block:
        block = _COLUMNS.sub(b"\n", block)
    block = _GITHUB.sub(_TAKEN, block)
    if _OTHER.search(block) is not None:
        block = _STAMP.sub(b"\n", block)
    return block.replace(_TAKEN, b"\n")[1:]


def _readable(block: bytes) -> bytes:
    if b"\0" in block:
        block = block.replace(b"\0", b"")
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").removesuffix(b"\r")
    if block.isascii():
        return block
    try:
        block.decode()
    except UnicodeDecodeError:
        return block.decode("utf-8", "replace").encode()
    return block
