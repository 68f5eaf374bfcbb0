"""Title typography of covers and chapter title pages.

A title keeps its own script where a font can write it and is set in Latin letters
elsewhere, shrunk until it fits.
"""

from app.demo.canvas import Sheet
from app.demo.fonts import face_for
from app.demo.lettering import across, down, width_of

__all__ = ["across", "byline", "column", "heading", "volume_mark"]

EDGE = 20.0


def heading(
    s: Sheet, x: float, y: float, text: str, latin: str, size: float, fill: str,
    language: str = "en", serif: bool = False, anchor: str = "la",
) -> None:  # fmt: skip
    """One line, at most as wide as the cover less its margins."""
    if face_for(text, language, serif) is None:
        text, language = latin, "en"
    room = s.w - 2 * EDGE if anchor[0] == "m" else s.w - x - EDGE
    size *= min(1.0, room / max(1.0, width_of(s, text, size, language, serif)))
    across(s, x, y, text, size, fill, language, serif, anchor)


def column(
    s: Sheet,
    x: float,
    y: float,
    text: str,
    latin: str,
    size: float,
    fill: str,
    language: str = "ja",
) -> None:
    """One vertical column; in Latin letters a line at the foot, as a column would not read."""
    if face_for(text, language, True):
        down(s, x, y, text, size, fill, language, True)
    elif latin:
        s.rect(0, s.h - 76, s.w, s.h, "#17161a")
        heading(s, s.w / 2, s.h - 46, latin, latin, size, "#fbf5e6", serif=True, anchor="mm")


def byline(s: Sheet, x: float, y: float, names: str, fill: str, anchor: str = "la") -> None:
    across(s, x, y, names.upper(), 8.5, fill, "en", anchor=anchor, track=1.3)


def volume_mark(s: Sheet, volume: int, ink: str, paper: str) -> None:
    """The number of a volume in its seal, at the top left of the cover."""
    s.disc(36, 40, 21, paper, ink, 2.4)
    across(s, 36, 40, str(volume), 22, ink, serif=True, anchor="mm")
