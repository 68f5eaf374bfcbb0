"""Scenes under the sky; each fills its sheet and takes its chances from rnd."""

import itertools
import math
from random import Random

from app.demo.canvas import INK, PAPER, Sheet
from app.demo.palettes import Palette


def sky(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade(p.sky, p.low_sky)
    if s.mode == "L" and p.sky == PAPER:
        lo, hi = rnd.choice([(0.45, 0.0), (0.3, 0.05), (0.0, 0.0), (0.55, 0.12)])
        if lo:
            s.tone("#5a5a5a", lo, hi, (0, 0, s.w, s.h * rnd.uniform(0.6, 0.9)))
    elif p.dark:
        stars(s, p.light, int(s.w * s.h / 5200), rnd, 0.7)


def stars(s: Sheet, fill: str, n: int, rnd: Random, depth: float = 1) -> None:
    for _ in range(n):
        r = rnd.choice([0.8, 1, 1.3, 2.2])
        s.disc(rnd.uniform(0, s.w), rnd.uniform(0, s.h * depth), r, fill)


def clouds(s: Sheet, p: Palette, rnd: Random, n: int = 2) -> None:
    fill = p.far if p.dark else PAPER
    for _ in range(n):
        x, y = rnd.uniform(0, s.w), rnd.uniform(0.08, 0.36) * s.h
        r = rnd.uniform(0.05, 0.09) * s.w
        for dx, dy, k in ((-1.5, 0.2, 0.7), (-0.6, -0.3, 1), (0.5, -0.15, 0.9), (1.4, 0.2, 0.65)):
            s.disc(x + dx * r, y + dy * r, r * k, fill)
        s.rect(x - 2.1 * r, y + 0.2 * r, x + 2 * r, y + 0.85 * r, fill, r=r * 0.32)


def sun(s: Sheet, p: Palette, rnd: Random) -> None:
    r = min(s.w, s.h) * rnd.uniform(0.09, 0.16)
    s.disc(s.w * rnd.uniform(0.15, 0.85), s.h * rnd.uniform(0.16, 0.4), r, p.light)


def waves(s: Sheet, top: float, ink: str, rnd: Random) -> None:
    y, step = top, 5.0
    while y < s.h:
        a, b = rnd.uniform(-9, 9), rnd.uniform(-9, 9)
        s.curve(
            [(0, y), (s.w * 0.3, y + a), (s.w * 0.65, y + b), (s.w, y - a)], ink, 0.8 + step / 12
        )
        step *= 1.22
        y += step


def sea(s: Sheet, p: Palette, rnd: Random) -> None:
    sky(s, p, rnd)
    sun(s, p, rnd)
    clouds(s, p, rnd, 1)
    top = s.h * rnd.uniform(0.55, 0.68)
    s.fade(p.middle, p.near, (0, top, s.w, s.h))
    waves(s, top + 4, p.light, rnd)
    lighthouse(
        s,
        p,
        s.w * rnd.choice([0.2, 0.3, 0.72, 0.82]),
        top + s.h * 0.06,
        s.h * rnd.uniform(0.36, 0.5),
    )


def lighthouse(s: Sheet, p: Palette, x: float, foot: float, h: float) -> None:
    w = h * 0.13
    rock = [(x - w * 3.4, foot + h * 0.1), (x - w * 1.6, foot - h * 0.04), (x + w * 1.8, foot - h * 0.05),
            (x + w * 3.6, foot + h * 0.1)]  # fmt: skip
    s.poly(rock, p.near)
    s.poly([(x, foot - h * 0.9), (x + s.w, foot - h * 1.15), (x + s.w, foot - h * 0.72)], p.light)
    tower = [
        (x - w * 0.66, foot - h * 0.78),
        (x + w * 0.66, foot - h * 0.78),
        (x + w, foot),
        (x - w, foot),
    ]
    s.poly(tower, "#f8f5ee", INK, 1.6)
    for i in range(3):
        t0, t1 = 0.14 + i * 0.3, 0.28 + i * 0.3
        a, b = w * (0.66 + 0.34 * t0), w * (0.66 + 0.34 * t1)
        y0, y1 = foot - h * 0.78 * (1 - t0), foot - h * 0.78 * (1 - t1)
        s.poly([(x - a, y0), (x + a, y0), (x + b, y1), (x - b, y1)], p.accent)
    s.rect(x - w * 0.6, foot - h * 0.94, x + w * 0.6, foot - h * 0.78, p.light, INK, 1.6)
    s.poly(
        [(x - w * 0.85, foot - h * 0.93), (x, foot - h * 1.07), (x + w * 0.85, foot - h * 0.93)],
        p.accent,
        INK,
        1.6,
    )


def skyline(s: Sheet, p: Palette, rnd: Random) -> None:
    sky(s, p, rnd)
    sun(s, p, rnd)
    for depth, fill in enumerate((p.far, p.middle, p.near)):
        x = -rnd.uniform(0, 40)
        while x < s.w:
            w = s.w * rnd.uniform(0.07, 0.15)
            h = s.h * rnd.uniform(0.24, 0.5) * (1.35 - depth * 0.33)
            s.rect(x, s.h - h, x + w, s.h, fill)
            if rnd.random() < 0.3:
                s.line([(x + w / 2, s.h - h), (x + w / 2, s.h - h - 22)], fill, 2)
            if depth:
                windows(s, p, rnd, (x, s.h - h, x + w, s.h), 0.5 if depth == 2 else 0.25)
            x += w + rnd.uniform(-4, 14)


def windows(
    s: Sheet, p: Palette, rnd: Random, box: tuple[float, float, float, float], lit: float
) -> None:
    x0, y0, x1, y1 = box
    y = y0 + 12
    while y < y1 - 12:
        x = x0 + 8
        while x < x1 - 12:
            if rnd.random() < lit:
                s.rect(x, y, x + 7, y + 10, p.light)
            x += 15
        y += 21


def street(s: Sheet, p: Palette, rnd: Random) -> None:
    """A lane that runs to a vanishing point between houses and power poles."""
    sky(s, p, rnd)
    vx, vy = s.w * rnd.uniform(0.35, 0.65), s.h * rnd.uniform(0.46, 0.56)
    s.poly([(vx - 6, vy), (vx + 6, vy), (s.w * 1.1, s.h), (-s.w * 0.1, s.h)], p.far, INK, 1.4)
    for side in (-1, 1):
        edge = 0 if side < 0 else s.w
        for i in range(3, -1, -1):
            t0, t1 = 0.72**i, 0.72 ** (i + 1)
            a, b = vx + (edge - vx) * t0, vx + (edge - vx) * t1
            top = rnd.uniform(0.55, 0.95)
            quad = [(a, vy - vy * top * t0), (b, vy - vy * top * t1), (b, vy + (s.h - vy) * t1 * 0.55),
                    (a, vy + (s.h - vy) * t0 * 0.75)]  # fmt: skip
            s.poly(quad, (p.middle, p.near, p.far, p.middle)[i], INK, 1.6)
            wy0, wy1 = vy - vy * top * t1 * 0.55, vy - vy * top * t1 * 0.2
            s.rect(a + (b - a) * 0.3, wy0, a + (b - a) * 0.7, wy1, p.light, INK, 1.2)
    poles(s, p, vx, vy)


def poles(s: Sheet, p: Palette, vx: float, vy: float) -> None:
    tips = []
    for t in (1.0, 0.52, 0.28):
        x, foot, h = vx + (s.w * 0.86 - vx) * t, vy + (s.h - vy) * t * 0.8, s.h * 0.86 * t
        s.line([(x, foot), (x, foot - h)], p.near, 9 * t)
        for y in (0.9, 0.8):
            s.line([(x - 34 * t, foot - h * y), (x + 34 * t, foot - h * y)], p.near, 5 * t)
        tips.append((x, foot - h * 0.9, t))
    for (x0, y0, _), (x1, y1, _) in itertools.pairwise(tips):
        for lift in (0, 14):
            s.curve(
                [(x0, y0 - lift), ((x0 + x1) / 2, (y0 + y1) / 2 + 26), (x1, y1 - lift / 2)], INK, 1
            )
    s.curve(
        [(tips[0][0], tips[0][1]), (s.w * 0.96, tips[0][1] + 26), (s.w + 20, tips[0][1] - 30)],
        INK,
        1.2,
    )


def mountains(s: Sheet, p: Palette, rnd: Random) -> None:
    sky(s, p, rnd)
    sun(s, p, rnd)
    clouds(s, p, rnd, 2)
    for i, fill in enumerate((p.far, p.middle, p.near)):
        y = s.h * (0.5 + i * 0.17)
        pts, x = [(0.0, y)], 0.0
        while x < s.w:
            x += s.w * rnd.uniform(0.07, 0.16)
            pts.append((x, y - rnd.uniform(-0.03, 0.2 - i * 0.04) * s.h))
        s.poly([*pts, (s.w, s.h), (0, s.h)], fill)
        if i == 1:
            s.tone(p.near, 0.0, 0.5, (0, y, s.w, s.h))
    for _ in range(int(s.w / 40)):
        x, h = rnd.uniform(0, s.w), s.h * rnd.uniform(0.1, 0.2)
        s.poly([(x - h * 0.26, s.h), (x, s.h - h), (x + h * 0.26, s.h)], p.near, p.far, 1)


def forest(s: Sheet, p: Palette, rnd: Random) -> None:
    sky(s, p, rnd)
    for i, fill in enumerate((p.far, p.middle, p.near)):
        for _ in range(9 - i * 2):
            x, w = rnd.uniform(-10, s.w), s.w * (0.012 + 0.014 * i) * rnd.uniform(0.8, 1.3)
            lean = rnd.uniform(-14, 14)
            s.poly(
                [(x - w, s.h), (x - w * 0.6 + lean, 0), (x + w * 0.6 + lean, 0), (x + w, s.h)], fill
            )
            for _ in range(3):
                y = rnd.uniform(0, s.h * 0.6)
                side = rnd.choice([-1, 1])
                s.line(
                    [(x + lean * (1 - y / s.h), y), (x + side * w * 5, y - w * 4)], fill, w * 0.5
                )
        leaves = s.h * (0.2 - i * 0.04)
        for x in range(0, int(s.w) + 30, 30):
            s.disc(x, 0, leaves * rnd.uniform(0.6, 1.2), fill)
    s.tone(p.near, 0.0, 0.75, (0, s.h * 0.6, s.w, s.h))


def rain(s: Sheet, p: Palette, rnd: Random) -> None:
    skyline(s, p, rnd)
    ink = PAPER
    for _ in range(int(s.w * s.h / 2600)):
        x, y, n = rnd.uniform(-20, s.w), rnd.uniform(-20, s.h), rnd.uniform(22, 60)
        s.line([(x, y), (x + n * 0.16, y + n)], ink, 1.3)
    if s.mode == "L":
        for _ in range(int(s.w * s.h / 5200)):
            x, y, n = rnd.uniform(-20, s.w), rnd.uniform(-20, s.h), rnd.uniform(22, 60)
            s.line([(x, y), (x + n * 0.16, y + n)], INK, 1)


def night(s: Sheet, p: Palette, rnd: Random) -> None:
    s.fade("#0a0a0a" if s.mode == "L" else p.near, "#4a4a4a" if s.mode == "L" else p.middle)
    stars(s, p.light, int(s.w * s.h / 2400), rnd, 0.8)
    x, y, r = s.w * rnd.uniform(0.2, 0.8), s.h * rnd.uniform(0.25, 0.4), min(s.w, s.h) * 0.17
    for ring in (1.5, 2.1, 2.8):
        s.arc(x, y, r * ring, rnd.uniform(90, 180), rnd.uniform(220, 340), p.light, 1.2)
    s.disc(x, y, r, p.light)
    for _ in range(5):
        a, d = rnd.uniform(0, math.tau), r * rnd.uniform(0.1, 0.7)
        s.disc(x + d * math.cos(a), y + d * math.sin(a), r * rnd.uniform(0.06, 0.18), "#d9d2bd")
    pts = [(i * s.w / 6, s.h * rnd.uniform(0.76, 0.9)) for i in range(7)]
    s.poly([(0, s.h), *pts, (s.w, s.h)], "#000000" if s.mode == "L" else p.near)
