"""Large pieces of memory go back to the system as soon as they are free, where the C library is glibc.

A picture is megabytes of pixels, an answer of an API can be as much. Once the first such piece is free, glibc takes the
next ones from where everything small lies too, and what is small and stays keeps the rest of them: 12 to 18 MB after
the pictures of 150 alerts.
"""

from __future__ import annotations

import ctypes
from typing import Final

LARGE: Final = 64 << 10
"""Bytes from which a piece is the system's own business."""
SPARE: Final = 128 << 10
"""Bytes kept at the end of what small pieces are taken from."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as <malloc.h> has them


def give_back() -> bool:
    """See to it from now on, for the whole process; whether the C library can be told.

    Telling it once switches off that glibc moves both limits by itself, up to 32 and 64 MB (mallopt(3)).
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # musl's, macOS's and Windows' have no such function
        return False
    return bool(tell(_MMAP_THRESHOLD, LARGE) and tell(_TRIM_THRESHOLD, SPARE))
