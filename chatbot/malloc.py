"""Gives memory that is free back to the system, where the C library is glibc.

A picture is megabytes of pixels, an answer of an API can be as much. Once the first such piece is free, glibc takes the
next ones from where everything small lies too, and what is small and stays keeps the rest of them: 12 to 18 MB after
the pictures of 150 alerts. Having every large piece taken from the system and given back by itself (`mallopt`) saves as
much, but each is then cleared by the system page by page: too slow on virtual machines that hand theirs back.
"""

from __future__ import annotations

import ctypes


def give_back() -> bool:
    """Give back the pages that nothing lies in (malloc_trim(3)); whether the C library knows how. Takes 1 to 5 ms."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # musl's, macOS's and Windows' have no such function
        return False
    trim(0)
    return True
