"""Text on a sheet: lines, columns, speech bubbles, captions, sounds."""

import math
import textwrap
from typing import Literal

from PIL import Image, ImageDraw

from app.demo.canvas import INK, PAPER, Point, Sheet
from app.demo.fonts import face_for

type Voice = Literal["say", "shout", "think"]

COLUMNS = ("ja", "zh-Hant", "zh-Hans")
WRAP = {"ko": 8, "en": 15, "de": 16, "fr": 16, "ru": 14, "ar": 14}
TURNED = "ー〜…—"
TAIL = 40.0
SMALL = "っゃゅょッャュョ"


def across(
    s: Sheet, x: float, y: float, text: str, size: float, fill: str, language: str = "en",
    serif: bool = False, anchor: str = "la", track: float = 0, edge: tuple[str, float] | None = None,
) -> None:  # fmt: skip
    """One line from left to right, or the other way in Arabic; silent without a font."""
    face = face_for(text, language, serif)
    if face is None:
        return
    font = face.at(round(size * s.k))
    stroke, around = (round(edge[1] * s.k), edge[0]) if edge else (0, fill)
    if not track:
        s.d.text(
            (x * s.k, y * s.k), text, fill, font, anchor, stroke_width=stroke, stroke_fill=around
        )
        return
    share = {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
    x -= share * (font.getlength(text) / s.k + track * (len(text) - 1))
    for letter in text:
        s.d.text((x * s.k, y * s.k), letter, fill, font, "l" + anchor[1])
        x += font.getlength(letter) / s.k + track


def width_of(s: Sheet, text: str, size: float, language: str, serif: bool = False) -> float:
    face = face_for(text, language, serif)
    return face.at(round(size * s.k)).getlength(text) / s.k if face else 0


def down(
    s: Sheet, x: float, y: float, text: str, size: float, fill: str, language: str = "ja",
    serif: bool = False, lead: float = 1.08, edge: tuple[str, float] | None = None,
) -> None:  # fmt: skip
    """One vertical column centred on x; long marks turn, commas hang right."""
    face = face_for(text, language, serif)
    if face is None:
        return
    font = face.at(round(size * s.k))
    stroke, around = (round(edge[1] * s.k), edge[0]) if edge else (0, fill)
    for letter in text:
        if letter in TURNED:
            tile = Image.new("L", (round(size * s.k * 1.2),) * 2, 0)
            mid = tile.width / 2
            ImageDraw.Draw(tile).text((mid, mid), letter, 255, font, "mm", stroke_width=stroke)
            tile = tile.rotate(-90)
            s.im.paste(fill, (round(x * s.k - mid), round((y + size / 2) * s.k - mid)), tile)
        else:
            dx, dy = (
                (0.58, -0.55) if letter in "、。" else (0.1, -0.08) if letter in SMALL else (0, 0)
            )
            at = ((x + dx * size) * s.k, (y + size / 2 + dy * size) * s.k)
            s.d.text(at, letter, fill, font, "mm", stroke_width=stroke, stroke_fill=around)
        y += size * lead


class Speech:
    """Words laid out for a bubble: vertical columns, or wrapped lines.

    In columns the text says itself where it breaks, by "/".
    """

    def __init__(self, s: Sheet, text: str, language: str, size: float) -> None:
        self.s, self.language, self.size = s, language, size
        self.upright = language in COLUMNS
        if self.upright:
            self.parts = text.split("/")
            self.w = len(self.parts) * size * 1.3
            self.h = max(len(part) for part in self.parts) * size * 1.08
        else:
            self.parts = textwrap.wrap(text, WRAP.get(language, 15), break_long_words=False)
            self.w = max(width_of(s, part, size, language) for part in self.parts)
            self.h = len(self.parts) * size * 1.24

    def write(self, x: float, y: float, fill: str = INK) -> None:
        if self.upright:
            left = x + (len(self.parts) - 1) * self.size * 0.65
            for i, part in enumerate(self.parts):
                down(
                    self.s,
                    left - i * self.size * 1.3,
                    y - self.h / 2,
                    part,
                    self.size,
                    fill,
                    self.language,
                )
            return
        top = y - self.h / 2 + self.size * 0.62
        for i, part in enumerate(self.parts):
            across(
                self.s,
                x,
                top + i * self.size * 1.24,
                part,
                self.size,
                fill,
                self.language,
                anchor="mm",
            )

    @property
    def radii(self) -> tuple[float, float]:
        """Half axes of the bubble that holds the words with some air."""
        pad = self.size * 0.45
        return max(self.w * 0.68 + pad, self.size * 1.5), max(self.h * 0.66 + pad, self.size * 1.3)


def bubble(
    s: Sheet, speech: Speech, x: float, y: float, tail: Point | None = None, voice: Voice = "say"
) -> None:
    rx, ry = speech.radii
    if voice == "shout":
        _burst(s, x, y, rx * 1.2, ry * 1.2)
    elif voice == "think":
        _cloud(s, x, y, rx, ry, tail)
    else:
        if tail:
            _tail(s, x, y, rx, ry, tail, INK, 1)
        s.disc(x, y, rx, PAPER, INK, 2.6, ry)
        if tail:
            _tail(s, x, y, rx, ry, tail, PAPER, 0.76)
    speech.write(x, y)


def caption(s: Sheet, speech: Speech, x: float, y: float, fill: str = PAPER) -> None:
    """A box of narration with its top left corner at (x, y)."""
    w, h = speech.w + speech.size * 1.1, speech.h + speech.size * 0.8
    s.rect(x, y, x + w, y + h, fill, INK, 2.2)
    speech.write(x + w / 2, y + h / 2)


def _tail(
    s: Sheet, x: float, y: float, rx: float, ry: float, tip: Point, fill: str, k: float
) -> None:
    a = math.atan2((tip[1] - y) / ry, (tip[0] - x) / rx)
    foot = (x + rx * 0.9 * math.cos(a), y + ry * 0.9 * math.sin(a))
    far = max(1.0, math.hypot(tip[0] - foot[0], tip[1] - foot[1]))
    reach = min(1.0, TAIL / far) * k
    end = (foot[0] + (tip[0] - foot[0]) * reach, foot[1] + (tip[1] - foot[1]) * reach)
    ends = [
        (x + rx * 0.94 * math.cos(a + d), y + ry * 0.94 * math.sin(a + d))
        for d in (-0.2 * k, 0.2 * k)
    ]
    s.poly([ends[0], end, ends[1]], fill)


def _burst(s: Sheet, x: float, y: float, rx: float, ry: float) -> None:
    n, points = 22, []
    for i in range(n * 2):
        a, r = i * math.pi / n, (1.0, 1.22, 1.0, 1.36)[i % 4] if i % 2 else 0.94
        points.append((x + rx * r * math.cos(a), y + ry * r * math.sin(a)))
    s.poly(points, PAPER, INK, 2.4)


def _cloud(s: Sheet, x: float, y: float, rx: float, ry: float, tail: Point | None) -> None:
    n = 11
    puffs = [(x + rx * 0.82 * math.cos(i * math.tau / n), y + ry * 0.82 * math.sin(i * math.tau / n))
             for i in range(n)]  # fmt: skip
    r = (rx + ry) * 0.17
    for px, py in puffs:
        s.disc(px, py, r + 2.4, INK)
    s.disc(x, y, rx * 0.95, PAPER, ry=ry * 0.95)
    for px, py in puffs:
        s.disc(px, py, r, PAPER)
    if tail:
        for t, size in ((1.25, 8), (1.5, 5)):
            a = math.atan2(tail[1] - y, tail[0] - x)
            s.disc(x + rx * t * math.cos(a), y + ry * t * math.sin(a), size, PAPER, INK, 2)
