"""Names as people type them: exact, a beginning, or with a typo; and the nearest where none fits. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chatbot.errors import UserError

_SLIPS = ((8, 2), (3, 1))  # letters, and how many may be wrong, missing, too many or swapped with the next
_NEAR = 45  # of 100: worth suggesting


def normal(word: str) -> str:
    """*word* as names are compared: lower case, without the marks around it that a paste brings along."""
    return word.strip().strip("`'\"*#@<>.,;:").lower().replace("_", "-")


def find(word: str, names: Iterable[str]) -> str | None:
    """The one of *names* that *word* means: itself, its only beginning, else its only near miss."""
    wanted, known = normal(word), {normal(name): name for name in names}
    if not wanted:
        return None
    if wanted in known:
        return known[wanted]
    begins = [name for key, name in known.items() if key.startswith(wanted)]
    if len(begins) == 1:
        return begins[0]
    from rapidfuzz import process  # noqa: PLC0415  3 MB that only a typo needs
    from rapidfuzz.distance import OSA  # noqa: PLC0415  as above

    slips = next((slips for letters, slips in _SLIPS if len(wanted) >= letters), 0)
    close = process.extract(wanted, list(known), scorer=OSA.distance, score_cutoff=slips, limit=2)
    if not begins and close and (len(close) == 1 or close[0][1] < close[1][1]):
        return known[close[0][0]]
    return None


def nearest(word: str, names: Iterable[str], *, limit: int = 3) -> Sequence[str]:
    """Those of *names* that come closest to *word*, best first; none where nothing is near."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  as above

    known = {normal(name): name for name in names}
    close = process.extract(normal(word), list(known), scorer=fuzz.WRatio, score_cutoff=_NEAR, limit=limit)
    return [known[key] for key, _, _ in close]


_SHA = re.compile(r"[0-9a-f]{4,40}")
_IN_URL = re.compile(r"/commits?/([0-9a-f]{4,40})")


def sha(word: str) -> str | None:
    """The sha, or its beginning, that *word* is or links to; `None` where it is none."""
    bare = word.lower().strip("<>`")
    linked = _IN_URL.search(bare)
    found = linked[1] if linked else bare
    return found if _SHA.fullmatch(found) else None


def needed_sha(word: str) -> str:
    """As `sha`, of a word that has to be one.

    Raises:
        UserError: it is none.
    """
    found = sha(word)
    if found is None:
        raise UserError(f"{word[:60]!r} is not a sha: four to forty of 0-9 and a-f.")
    return found
