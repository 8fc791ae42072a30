"""What the font that comes with Pillow can print: ASCII and little more."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import ImageFont

MEASURED_PIXELS = 20
NEAREST = str.maketrans(
    {
        "\u201a": "'",
        "\u201e": '"',
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "\u0131": "i",
    }
)
"""What Unicode takes for letters of their own, and people read as these."""


def printable(text: str) -> str:
    """The text without boxes: what the font has no sign for, by the nearest that it has, or by none."""
    return "".join(_nearest(sign) for sign in text)


@lru_cache(maxsize=1024)
def _nearest(sign: str) -> str:
    if sign == " " or _drawn(sign) != _drawn("\uffff"):
        return sign
    plain = unicodedata.normalize("NFKD", sign.translate(NEAREST)).encode("ascii", "ignore").decode()
    return plain or ("-" if unicodedata.category(sign) == "Pd" else "")


def _drawn(sign: str) -> bytes:
    return bytes(_font().getmask(sign))


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(MEASURED_PIXELS)
