"""Colours, letters and marks of the pictures. Nothing here knows what is drawn.

The theme is light and the same everywhere: Slack shows a picture as it is, also in its dark theme. Red and green are
told apart by lightness and by a shape in every cell, so neither colour-blind readers nor a grey print lose anything:
passed is pale, failed is dark (their contrast is 4 to 1), and text has at least 4.5 to 1 (WCAG 2.2, 1.4.3).
Letters are of Pillow's built-in font, so nothing has to be installed; what it has no letter for becomes `?`.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # Pillow is imported when the first picture is drawn
    from PIL import Image, ImageFont

Colour = tuple[int, int, int]

SCALE: Final = 2  # pixels a point: sharp on a phone
PAPER: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (29, 28, 29)
SOFT: Final[Colour] = (97, 96, 97)
LINE: Final[Colour] = (221, 221, 221)
RANGE: Final[Colour] = (18, 70, 145)
RANGE_TINT: Final[Colour] = (226, 236, 250)
SERIES: Final[tuple[Colour, ...]] = (
    (0, 94, 146),
    (214, 94, 0),
    (0, 132, 98),
    (170, 68, 132),
    (138, 109, 0),
    (97, 96, 97),
)
"""Okabe and Ito's colours for everybody, made darker until each has 3 to 1 on white (WCAG 2.2, 1.4.11)."""
MISSING: Final = "?"
_FINER: Final = 4  # marks are drawn larger and made smaller, which smooths their edges
_COLOURS: Final = 40  # of the PNG's palette


class Mark(IntEnum):
    """What a job said about a commit. `FLAKED`: it failed there, then passed."""

    UNKNOWN = 0
    GREEN = 1
    RED = 2
    FLAKED = 3


FILL: Final[dict[Mark, Colour]] = {
    Mark.UNKNOWN: (243, 243, 242),
    Mark.GREEN: (205, 233, 224),
    Mark.RED: (184, 43, 12),
    Mark.FLAKED: (247, 219, 130),
}
STROKE: Final[dict[Mark, Colour]] = {
    Mark.UNKNOWN: (140, 140, 138),
    Mark.GREEN: (14, 106, 86),
    Mark.RED: (255, 255, 255),
    Mark.FLAKED: (92, 66, 0),
}
WORD: Final[dict[Mark, str]] = {
    Mark.GREEN: "passed",
    Mark.RED: "failed",
    Mark.FLAKED: "failed, then passed",
    Mark.UNKNOWN: "no result",
}


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The built-in letters, *size* pixels high."""
    from PIL import ImageFont  # noqa: PLC0415  3 MB that only a picture needs

    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType: install one of its own wheels")  # noqa: TRY004  the type is Pillow's matter
    return found


@lru_cache(maxsize=4096)
def _letter(char: str) -> str:
    """*char*, the plain letter it is made of, or `?`: whatever the font can draw."""
    if " " <= char <= "~":
        return char
    plain = unicodedata.normalize("NFKD", char)[:1]
    return next((one for one in (char, plain) if one and one.isprintable() and _drawable(one)), MISSING)


def _drawable(char: str) -> bool:
    nothing = bytes(font(16).getmask("\U0010ffff"))
    mask = font(16).getmask(char)
    return mask.size[0] > 0 and bytes(mask) != nothing


def legible(text: str) -> str:
    """*text* in one line of letters that the font has."""
    bare = "".join(char for char in text[:500] if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    return "".join(map(_letter, " ".join(bare.split())))


def width(text: str, size: int) -> int:
    """Pixels that *text* is wide."""
    return int(font(size).getlength(text) + 0.5)


@lru_cache(maxsize=2048)
def clipped(text: str, size: int, room: int) -> str:
    """*text* as it can be drawn in *room* pixels; of what is too long the middle goes: names differ at the ends."""
    shown = legible(text)
    if width(shown, size) <= room:
        return shown
    low, high = 0, len(shown)
    while low < high:
        kept = (low + high + 1) // 2
        low, high = (kept, high) if width(_without_middle(shown, kept), size) <= room else (low, kept - 1)
    return _without_middle(shown, low) if low else ""


def _without_middle(text: str, kept: int) -> str:
    head = kept // 2
    return f"{text[:head].rstrip()}…{text[len(text) - (kept - head) :].lstrip()}"


@lru_cache(maxsize=64)
def tile(mark: Mark, side: int) -> Image.Image:
    """One cell: its colour and its shape, *side* pixels square."""
    from PIL import Image, ImageDraw  # noqa: PLC0415  as in `font`

    big = side * _FINER
    picture = Image.new("RGB", (big, big), FILL[mark])
    pen = ImageDraw.Draw(picture)
    stroke, bold = STROKE[mark], max(1, big // 9)
    if mark is Mark.GREEN:
        pen.line([(big * 0.27, big * 0.53), (big * 0.44, big * 0.70), (big * 0.75, big * 0.32)], stroke, bold, "curve")
    elif mark is Mark.RED:
        for rise in ((0.28, 0.28, 0.72, 0.72), (0.28, 0.72, 0.72, 0.28)):
            pen.line([part * big for part in rise], stroke, bold + big // 30)
    elif mark is Mark.FLAKED:
        pen.line([big * 0.28, big * 0.72, big * 0.72, big * 0.28], stroke, bold)
    else:
        dot = big * 0.09
        pen.ellipse([big / 2 - dot, big / 2 - dot, big / 2 + dot, big / 2 + dot], stroke)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def png(picture: Image.Image) -> bytes:
    """*picture* as a PNG of few colours: it has few, and a small file is there sooner."""
    from PIL import Image  # noqa: PLC0415  as in `font`

    few = picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = BytesIO()
    few.save(out, "PNG", compress_level=6)
    return out.getvalue()
