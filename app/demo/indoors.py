"""Rooms and near things: shelves, windows, trains, counters, and what lies on them."""

import math
from random import Random

from app.demo.canvas import INK, PAPER, Sheet, bezier, blob
from app.demo.outdoors import mountains, sea, skyline
from app.demo.palettes import Palette


def books(s: Sheet, p: Palette, rnd: Random, x: float, foot: float, end: float, h: float) -> None:
    tints = (p.near, p.far, p.accent, p.light, p.middle)
    while x < end - 8:
        w, tall = rnd.uniform(0.1, 0.24) * h, h * rnd.uniform(0.68, 0.98)
        if x + w > end:
            return
        s.rect(x, foot - tall, x + w, foot, rnd.choice(tints), INK, 1)
        if w > 0.15 * h:
            s.line([(x + 3, foot - tall * 0.8), (x + w - 3, foot - tall * 0.8)], PAPER, 1.4)
        x += w + (rnd.uniform(6, 26) if rnd.random() < 0.08 else 0.8)


def library(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade(p.low_sky, p.far)
    rows = max(2, round(s.h / 130))
    step = s.h / rows
    for row in range(rows + 1):
        foot = row * step + step * 0.9
        books(s, p, rnd, 6, foot, s.w - 6, step * 0.82)
        s.rect(-4, foot, s.w + 4, foot + step * 0.08, p.near)
    for x in (s.w * 0.02, s.w * rnd.uniform(0.4, 0.6), s.w * 0.97):
        s.rect(x - 5, 0, x + 5, s.h, p.near)
    s.tone(p.near, 0.45, 0.0, (0, 0, s.w, s.h * 0.5))
    if rnd.random() < 0.5:
        x = s.w * rnd.uniform(0.2, 0.7)
        for dx in (0, 46):
            s.line([(x + dx, s.h), (x + dx + 60, 0)], PAPER, 8)
            s.line([(x + dx, s.h), (x + dx + 60, 0)], INK, 2)
        for i in range(1, 12):
            t = i / 12
            s.line([(x + 60 * t, s.h * (1 - t)), (x + 46 + 60 * t, s.h * (1 - t))], INK, 4)


def window(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade(p.far, p.middle)
    if s.mode == "L":
        s.tone("#4a4a4a", 0.1, 0.5)
    x0, y0, x1, y1 = s.w * 0.14, s.h * 0.1, s.w * 0.86, s.h * 0.7
    view = s.part(x1 - x0, y1 - y0)
    rnd.choice((skyline, mountains, sea))(view, p, rnd)
    s.hang(view, x0, y0)
    for i in range(4):
        x = x0 + (x1 - x0) * i / 3
        s.line([(x, y0), (x, y1)], p.near, 7)
    for y in (y0, (y0 + y1) / 2, y1):
        s.line([(x0 - 4, y), (x1 + 4, y)], p.near, 7)
    s.rect(x0 - 16, y1, x1 + 16, y1 + 12, p.light, INK, 2)
    for x, w in ((0, s.w * 0.13), (s.w * 0.87, s.w * 0.13)):
        s.rect(x, 0, x + w, s.h * 0.86, PAPER if s.mode == "L" else p.accent, INK, 1.6)
        for i in range(1, 5):
            s.curve(
                [(x + w * i / 5, 0), (x + w * i / 5 + 7, s.h * 0.4), (x + w * i / 5, s.h * 0.86)],
                INK,
                1,
            )
    pot(s, p, rnd, s.w * rnd.uniform(0.3, 0.7), y1)


def pot(s: Sheet, p: Palette, rnd: Random, x: float, foot: float) -> None:
    h = s.h * 0.1
    for _ in range(7):
        a, n = rnd.uniform(-2.6, -0.5), h * rnd.uniform(0.9, 1.7)
        tip = (x + n * math.cos(a), foot - h + n * math.sin(a))
        bend = (x + n * 0.7 * math.cos(a - 0.5), foot - h + n * 0.7 * math.sin(a - 0.5))
        leaf = [
            *bezier([(x, foot - h), bend, tip], 8),
            *bezier([tip, (x + 4, foot - h * 1.2), (x, foot - h)], 8),
        ]
        s.poly(leaf, p.near if s.mode == "L" else "#2f7a56", INK, 1)
    s.poly(
        [
            (x - h * 0.55, foot - h),
            (x + h * 0.55, foot - h),
            (x + h * 0.4, foot),
            (x - h * 0.4, foot),
        ],
        p.accent,
        INK,
        1.6,
    )


def train(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade(p.low_sky, p.far)
    panes = 2 if s.w < 420 else 3
    w = s.w / panes
    for i in range(panes):
        view = s.part(w * 0.8, s.h * 0.5)
        skyline(view, p, rnd)
        s.hang(view, i * w + w * 0.1, s.h * 0.14)
        s.rect(i * w + w * 0.1, s.h * 0.14, i * w + w * 0.9, s.h * 0.64, None, INK, 3, 12)
        s.rect(i * w + w * 0.06, s.h * 0.11, i * w + w * 0.94, s.h * 0.67, None, p.middle, 5, 16)
    s.rect(0, s.h * 0.78, s.w, s.h, p.accent, INK, 2)
    s.tone(INK, 0.1, 0.6, (0, s.h * 0.8, s.w, s.h))
    for i in range(panes * 2):
        x = (i + 0.5) * s.w / (panes * 2)
        s.line([(x, 0), (x + 4, s.h * 0.12)], INK, 3)
        s.disc(x + 4, s.h * 0.17, 15, None, INK, 6)
        s.disc(x + 4, s.h * 0.17, 14, None, PAPER, 3)


def counter(s: Sheet, p: Palette, rnd: Random) -> None:
    """A shop counter: lamps above, jars and bread behind."""
    s.fade(p.far, p.low_sky)
    if s.mode == "L":
        s.tone("#6a6a6a", 0.5, 0.1)
    for row in (0.34, 0.56):
        s.rect(0, s.h * row, s.w, s.h * row + 8, p.near)
        x = rnd.uniform(8, 40)
        while x < s.w - 30:
            r = s.h * rnd.uniform(0.04, 0.065)
            if rnd.random() < 0.5:
                s.rect(x, s.h * row - r * 2.4, x + r * 1.7, s.h * row, p.light, INK, 1.6, 5)
                s.rect(
                    x - 1,
                    s.h * row - r * 2.8,
                    x + r * 1.7 + 1,
                    s.h * row - r * 2.3,
                    p.accent,
                    INK,
                    1.6,
                )
            else:
                s.pie(x + r, s.h * row + r * 0.3, r * 1.25, 180, 360, p.middle)
                s.arc(x + r, s.h * row + r * 0.3, r * 1.25, 180, 360, INK, 1.6)
            x += r * 3 + rnd.uniform(4, 30)
    for i in range(3):
        x = s.w * (i + 0.5) / 3
        s.line([(x, 0), (x, s.h * 0.1)], INK, 2)
        s.pie(x, s.h * 0.18, s.h * 0.085, 180, 360, p.near)
        s.disc(x, s.h * 0.185, s.h * 0.03, p.light)
    s.rect(0, s.h * 0.78, s.w, s.h, p.near)
    s.rect(0, s.h * 0.76, s.w, s.h * 0.8, p.light, INK, 2)


def letter(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade(p.far, p.low_sky)
    s.rays(s.w / 2, s.h / 2, min(s.w, s.h) * 0.38, INK if s.mode == "L" else p.light, rnd, 80, 0.3)
    w, h = min(s.w * 0.3, s.h * 0.4), min(s.w * 0.2, s.h * 0.26)
    x, y = s.w / 2, s.h / 2
    s.rect(x - w, y - h, x + w, y + h, PAPER, INK, 3)
    s.line([(x - w, y - h), (x, y + h * 0.2), (x + w, y - h)], INK, 3)
    s.disc(x, y + h * 0.18, h * 0.26, p.accent, INK, 2)
    s.line([(x - w * 0.8, y + h * 0.75), (x - w * 0.3, y + h * 0.75)], INK, 2)


def cup(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade(p.low_sky, p.far)
    s.rect(0, s.h * 0.7, s.w, s.h, p.middle)
    s.tone(INK, 0.0, 0.6, (0, s.h * 0.7, s.w, s.h))
    x, y, r = s.w * rnd.uniform(0.4, 0.6), s.h * 0.5, min(s.w, s.h) * 0.2
    s.disc(x, y + r * 1.25, r * 1.6, PAPER, INK, 2, r * 0.3)
    s.disc(x + r * 1.05, y + r * 0.35, r * 0.42, None, INK, 7)
    s.poly(blob([(x - r, y - r * 0.3), (x - r * 0.9, y + r * 1.3), (x - r * 0.3, y + r * 1.25), (x, y + r * 1.25)],
                [(x, y + r * 1.25), (x + r * 0.3, y + r * 1.25), (x + r * 0.9, y + r * 1.3), (x + r, y - r * 0.3)]),
           p.accent, INK, 2)  # fmt: skip
    s.disc(x, y - r * 0.3, r, PAPER, INK, 2, r * 0.26)
    s.disc(x, y - r * 0.27, r * 0.84, p.near, ry=r * 0.18)
    for dx in (-0.4, 0.05, 0.5):
        a = x + dx * r
        s.curve(
            [(a, y - r * 0.6), (a - r * 0.4, y - r), (a + r * 0.4, y - r * 1.4), (a, y - r * 1.9)],
            p.near,
            2,
        )


def clock(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade(p.near, p.middle)
    x, y, r = s.w / 2, s.h / 2, min(s.w, s.h) * 0.4
    s.disc(x, y, r * 1.08, p.accent, INK, 3)
    s.disc(x, y, r * 0.94, PAPER, INK, 2)
    for i in range(60):
        a, lo = i * math.tau / 60, 0.74 if i % 5 == 0 else 0.83
        ends = [(x + r * t * math.cos(a), y + r * t * math.sin(a)) for t in (lo, 0.88)]
        s.line(ends, INK, 4 if i % 5 == 0 else 1.4)
    s.tone("#777777", 0.0, 0.5, (x - r, y, x + r, y + r * 0.9),
           [(x + r * 0.9 * math.cos(t / 12 * math.pi), y + r * 0.9 * math.sin(t / 12 * math.pi)) for t in range(13)])  # fmt: skip
    for length, w in ((0.5, 8.0), (0.72, 5.0)):
        a = rnd.uniform(0, math.tau)
        s.line([(x, y), (x + r * length * math.cos(a), y + r * length * math.sin(a))], INK, w)
    s.disc(x, y, r * 0.07, p.accent, INK, 2)


def cat(s: Sheet, p: Palette, rnd: Random) -> None:
    skyline(s, p, rnd)
    x, foot, u = s.w * rnd.uniform(0.35, 0.65), s.h * 0.93, min(s.w, s.h) * 0.16
    s.rect(0, foot - 2, s.w, s.h, p.near, PAPER, 2)
    body = blob([(x - u * 1.1, foot), (x - u * 1.2, foot - u * 1.9), (x - u * 0.4, foot - u * 2.2), (x, foot - u * 2.2)],
                [(x, foot - u * 2.2), (x + u * 0.5, foot - u * 2.1), (x + u * 1.4, foot - u * 1.4), (x + u * 1.2, foot)])  # fmt: skip
    s.curve(
        [
            (x + u, foot - u * 0.2),
            (x + u * 2.6, foot),
            (x + u * 2.2, foot - u * 1.6),
            (x + u * 1.7, foot - u * 1.3),
        ],
        INK,
        u * 0.3,
    )
    s.poly(body, INK, PAPER, 2)
    s.disc(x, foot - u * 2.5, u * 0.95, INK, PAPER, 2, u * 0.78)
    for side in (-1, 1):
        s.poly(
            [
                (x + side * u * 0.9, foot - u * 2.6),
                (x + side * u * 0.85, foot - u * 3.6),
                (x + side * u * 0.2, foot - u * 3.1),
            ],
            INK,
        )
        s.disc(x + side * u * 0.38, foot - u * 2.5, u * 0.2, p.light, ry=u * 0.24)
        s.disc(x + side * u * 0.38, foot - u * 2.5, u * 0.07, INK, ry=u * 0.2)
        for dy in (0, 0.14):
            s.line(
                [
                    (x + side * u * 0.4, foot - u * (2.2 - dy)),
                    (x + side * u * 1.3, foot - u * (2.3 - dy * 2)),
                ],
                PAPER,
                1.2,
            )
