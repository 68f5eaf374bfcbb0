"""A drawing sheet in plain units: shapes, curves, screentone, rays."""

import itertools
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw

type Point = tuple[float, float]
type Points = Sequence[Point]
type Box = tuple[float, float, float, float]

INK, PAPER = "#141414", "#ffffff"
OVERSAMPLING = 2
NEAREST = Image.Resampling.NEAREST


class Sheet:
    """A canvas in base units, drawn larger by `scale`; `finished` halves the pixels.

    Mode "L" draws grey several times faster than "RGB"; colours are given as
    "#rrggbb" either way and become their brightness on a grey sheet.
    """

    def __init__(
        self, size: tuple[float, float], ground: str, mode: str = "RGB", scale: float = OVERSAMPLING
    ) -> None:
        self.w, self.h = size
        self.k = scale
        self.mode = mode
        self.im = Image.new(mode, (round(self.w * scale), round(self.h * scale)), ground)
        self.d = ImageDraw.Draw(self.im)

    def part(self, w: float, h: float, ground: str = PAPER) -> "Sheet":
        return Sheet((w, h), ground, self.mode, self.k)

    def px(self, points: Iterable[Point]) -> list[Point]:
        return [(x * self.k, y * self.k) for x, y in points]

    def width(self, w: float) -> int:
        return max(1, round(w * self.k))

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        k = self.k
        return (min(x0, x1) * k, min(y0, y1) * k, max(x0, x1) * k, max(y0, y1) * k)

    def rect(
        self, x0: float, y0: float, x1: float, y1: float,
        fill: str | None = None, line: str | None = None, w: float = 0, r: float = 0,
    ) -> None:  # fmt: skip
        stroke = self.width(w) if w else 0
        self.d.rounded_rectangle(self.box(x0, y0, x1, y1), r * self.k, fill, line, stroke)

    def disc(
        self, x: float, y: float, r: float, fill: str | None = None,
        line: str | None = None, w: float = 0, ry: float = 0,
    ) -> None:  # fmt: skip
        ry = ry or r
        stroke = self.width(w) if w else 0
        self.d.ellipse(self.box(x - r, y - ry, x + r, y + ry), fill, line, stroke)

    def pie(self, x: float, y: float, r: float, start: float, end: float, fill: str) -> None:
        self.d.pieslice(self.box(x - r, y - r, x + r, y + r), start, end, fill)

    def arc(
        self, x: float, y: float, r: float, start: float, end: float, fill: str, w: float
    ) -> None:
        self.d.arc(self.box(x - r, y - r, x + r, y + r), start, end, fill, self.width(w))

    def poly(self, points: Points, fill: str, line: str | None = None, w: float = 0) -> None:
        self.d.polygon(self.px(points), fill)
        if line:
            self.line([*points, points[0], points[1]], line, w)

    def line(self, points: Points, fill: str, w: float = 1) -> None:
        self.d.line(self.px(points), fill, self.width(w), joint="curve")

    def curve(self, points: Points, fill: str, w: float = 1, steps: int = 24) -> None:
        self.line(bezier(points, steps), fill, w)

    def tone(
        self, fill: str, lo: float, hi: float, box: Box | None = None,
        shape: Points | None = None, pitch: float = 9, across: bool = False,
    ) -> None:  # fmt: skip
        """Screentone: dots on a 45° grid, covering lo … hi (0 to 1) of the paper."""
        x0, y0, x1, y1 = (round(v * self.k) for v in box or (0, 0, self.w, self.h))
        x0, y0 = max(0, x0), max(0, y0)
        x1, y1 = min(self.im.width, x1), min(self.im.height, y1)
        if x1 <= x0 or y1 <= y0:
            return
        mask = _dots((x1 - x0, y1 - y0), lo, hi, round(pitch * self.k), across)
        if shape:
            keep = Image.new("L", mask.size, 0)
            moved = [(x - x0, y - y0) for x, y in self.px(shape)]
            ImageDraw.Draw(keep).polygon(moved, 255)
            mask = ImageChops.darker(mask, keep)
        self.im.paste(fill, (x0, y0, x1, y1), mask)

    def fade(self, top: str, bottom: str, box: Box | None = None) -> None:
        """A vertical change of colour, as a sky has; in grey it is printed as screentone."""
        if self.mode == "L":
            x0, y0, x1, y1 = box or (0.0, 0.0, self.w, self.h)
            self.rect(x0, y0, x1, y1, top)
            self.tone(bottom, 0.0, 1.0, box)
            return
        left, upper, right, lower = (round(v * self.k) for v in box or (0, 0, self.w, self.h))
        if right > left and lower > upper:
            strip = Image.new(self.mode, (1, lower - upper), top)
            strip.paste(bottom, (0, 0), _ramp(lower - upper))
            self.im.paste(strip.resize((right - left, lower - upper), NEAREST), (left, upper))

    def rays(
        self, x: float, y: float, inner: float, fill: str, rnd: Random,
        n: int = 60, thin: float = 0.35, jitter: float = 0.35, squeeze: float = 1,
    ) -> None:  # fmt: skip
        """Focus lines: wedges that point from the edges at (x, y)."""
        step, reach = math.tau / n, self.w + self.h
        for i in range(n):
            a = i * step + rnd.uniform(-0.2, 0.2) * step
            half = step * thin * rnd.uniform(0.4, 1)
            r = inner * (1 + rnd.uniform(0, jitter))
            tip = (x + r * math.cos(a), y + r * squeeze * math.sin(a))
            far = [
                (x + reach * math.cos(a + s), y + reach * math.sin(a + s)) for s in (-half, half)
            ]
            self.poly([tip, *far], fill)

    def hang(self, art: "Sheet", x: float, y: float, shape: Points | None = None) -> None:
        """Paste another sheet of the same scale, cut to shape (in this sheet's units)."""
        at = (round(x * self.k), round(y * self.k))
        if shape is None:
            self.im.paste(art.im, at)
            return
        keep = Image.new("L", art.im.size, 0)
        moved = [(px - at[0], py - at[1]) for px, py in self.px(shape)]
        ImageDraw.Draw(keep).polygon(moved, 255)
        self.im.paste(art.im, at, keep)

    def mirror(self) -> None:
        self.im.paste(self.im.transpose(Image.Transpose.FLIP_LEFT_RIGHT))

    def finished(self) -> Image.Image:
        return self.im.reduce(OVERSAMPLING)


def bezier(points: Points, steps: int = 24) -> list[Point]:
    curve: list[Point] = []
    for i in range(steps + 1):
        t, p = i / steps, list(points)
        while len(p) > 1:
            p = [
                ((1 - t) * a + t * c, (1 - t) * b + t * d)
                for (a, b), (c, d) in itertools.pairwise(p)
            ]
        curve.append(p[0])
    return curve


def blob(*curves: Points) -> list[Point]:
    """One outline made of several Bézier curves set end to end."""
    return [point for curve in curves for point in bezier(curve, 16)]


def _dots(size: tuple[int, int], lo: float, hi: float, pitch: int, across: bool) -> Image.Image:
    ramp = _ramp(size[0] if across else size[1])
    level = ramp.point([round(255 * (lo + (hi - lo) * v / 255)) for v in range(256)])
    if across:
        level = level.transpose(Image.Transpose.ROTATE_90)
    level = level.resize(size, NEAREST)
    screen = _screen(pitch).crop((0, 0, *size))
    return ImageChops.add(level, screen, 1, -255).point(_HARD)


def _ramp(length: int) -> Image.Image:
    """One column of pixels from black down to white: cheaper to widen than to blend."""
    return Image.linear_gradient("L").crop((0, 0, 1, 256)).resize((1, length))


_HARD = [0] + [255] * 255


@lru_cache(maxsize=8)
def _screen(pitch: int) -> Image.Image:
    """Thresholds of a dot screen, rolled out over the largest sheet."""
    cell = Image.new("L", (pitch, pitch))
    turn = math.tau / pitch
    for x in range(pitch):
        for y in range(pitch):
            height = 2 + math.cos(turn * (x + y)) + math.cos(turn * (x - y))
            cell.putpixel((x, y), min(254, round(height * 63.5)))
    whole = Image.new("L", (3700, 8100))
    row = Image.new("L", (3700, pitch))
    for x in range(0, 3700, pitch):
        row.paste(cell, (x, 0))
    for y in range(0, 8100, pitch):
        whole.paste(row, (0, y))
    return whole
