"""Covers of the sample series, in units of 320 × 480: the first shelf."""

import math
from random import Random

from app.demo.canvas import Sheet, bezier
from app.demo.outdoors import stars
from app.demo.people import Person, bust
from app.demo.titles import across, column, heading


def _wave_scales(s: Sheet, top: float, r: float, colours: tuple[str, ...], edge: str) -> None:
    """Seigaiha, the old pattern of waves lying like scales."""
    row, y = 0, top
    while y < s.h + r * 2:
        x = -r if row % 2 else 0
        while x < s.w + r * 2:
            for i, colour in enumerate(colours):
                s.disc(x, y, r * (1 - i / len(colours)), colour, edge, 1)
            x += r * 2
        y += r * 0.5
        row += 1


def tidal_library(s: Sheet) -> None:
    s.disc(214, 150, 92, "#e8573f")
    s.tone("#fff3dc", 0.0, 0.84, (110, 150, 320, 260))
    for i, (x, h, c) in enumerate(
        [
            (34, 150, "#14364a"),
            (58, 176, "#f6ecd6"),
            (84, 132, "#d9a441"),
            (112, 164, "#14364a"),
            (138, 118, "#e8573f"),
            (164, 142, "#f6ecd6"),
            (192, 108, "#14364a"),
        ]
    ):
        s.rect(x, 318 - h, x + 22, 330, c)
        s.rect(x + 4, 318 - h + 14, x + 18, 318 - h + 18, "#d9a441" if i % 2 == 0 else "#14364a")
    _wave_scales(s, 336, 32, ("#f6ecd6", "#1f5a73") * 2, "#f6ecd6")
    column(s, 292, 26, "潮騒の図書館", "The Tidal Library", 36, "#14364a", "ja")


def lighthouse(s: Sheet) -> None:
    s.poly([(150, 120), (320, 30), (320, 190)], "#f2c14e")
    s.poly([(150, 120), (0, 60), (0, 170)], "#33518a")
    stars(s, "#cfd8f0", 36, Random(2), 0.54)
    s.poly([(128, 144), (172, 144), (190, 400), (110, 400)], "#f4efe4")
    for y in (190, 270, 350):
        a, b = 128 - (y - 144) * 0.07, 172 + (y - 144) * 0.07
        s.poly([(a, y), (b, y), (b + 2.6, y + 38), (a - 2.6, y + 38)], "#d8432f")
    s.rect(126, 100, 174, 146, "#f2c14e")
    s.poly([(118, 102), (150, 70), (182, 102)], "#d8432f")
    s.rect(116, 140, 184, 148, "#0f1c38")
    s.poly([(0, 400), (70, 380), (230, 384), (320, 404), (320, 480), (0, 480)], "#0f1c38")
    for i in range(4):
        s.curve(
            [(0, 420 + i * 15), (90, 408 + i * 15), (200, 434 + i * 15), (320, 416 + i * 15)],
            "#33518a",
            2,
        )
    column(s, 268, 206, "七つの嘘", "", 34, "#f4efe4", "ja")
    column(s, 232, 206, "灯台守と", "", 20, "#f2c14e", "ja")
    across(s, 20, 408, "The Lighthouse Keeper's", 15, "#f2c14e", serif=True)
    across(s, 20, 428, "Seven Lies", 30, "#f4efe4", serif=True)


def pylons(s: Sheet) -> None:
    for i, c in enumerate(["#a9c9c4", "#b9d4ce", "#c9ded8"]):
        s.rect(0, i * 62, 320, i * 62 + 62, c)
    for x, k in ((70, 1), (190, 0.62), (262, 0.4)):
        base, h = 372, 300 * k
        for a in (-1, 1):
            s.line(
                [(x + a * 40 * k, base), (x + a * 8 * k, base - h * 0.75), (x, base - h)],
                "#1e2f36",
                4 * k,
            )
        for j in range(6):
            y0, y1 = base - h * 0.12 * j, base - h * 0.12 * (j + 1)
            w0, w1 = 40 * k - 5.2 * k * j, 40 * k - 5.2 * k * (j + 1)
            s.line([(x - w0, y0), (x + w1, y1)], "#1e2f36", 2 * k)
            s.line([(x + w0, y0), (x - w1, y1)], "#1e2f36", 2 * k)
        for t in (0.7, 0.84):
            s.line([(x - 52 * k, base - h * t), (x + 52 * k, base - h * t)], "#1e2f36", 4 * k)
    for o in (0, 42):
        s.curve(
            [
                (0, 118 + o),
                (70, 164 + o * 0.9),
                (150, 190 + o * 0.7),
                (240, 220 + o * 0.5),
                (330, 240 + o * 0.3),
            ],
            "#1e2f36",
            1.4,
        )
    s.rect(0, 370, 320, 480, "#e9b44c")
    s.poly([(0, 372), (320, 372), (320, 384), (0, 398)], "#1e2f36")
    heading(s, 20, 400, "雨のち鉄塔", "Pylons After Rain", 40, "#1e2f36", "ja")
    across(s, 22, 463, "PYLONS AFTER RAIN", 8, "#1e2f36", track=1.4)


def salt_signal(s: Sheet) -> None:
    _operator(s, Person("long", "#17161a", "#33313a", collar="coat"), "#e4472b", "#b52f18")


def dead_air(s: Sheet) -> None:
    ada = Person("tail", "#e9b44c", "#f7ead8", collar="coat", glasses=True)
    _operator(s, ada, "#1f8a9c", "#12606f")


def _operator(s: Sheet, who: Person, ground: str, shade: str) -> None:
    s.rect(0, 0, 320, 340, ground)
    s.tone(shade, 0.01, 0.85, (0, 60, 320, 336))
    bust(s, who, 160, 186, 56, "glad", 0.08)
    for r in (24, 42, 60):
        s.arc(268, 62, r, 200, 330, "#fff6ea", 7)
    s.disc(268, 62, 8, "#fff6ea")
    s.rect(0, 336, 320, 480, "#f7ead8")
    across(s, 18, 344, "Salt &", 46, "#17161a")
    across(s, 18, 398, "Signal", 46, ground)


def rainbow_stop(s: Sheet) -> None:
    for i, c in enumerate(["#ef5d60", "#f7a072", "#f9dc5c", "#7fc8a9", "#4f9dd6", "#fdf1e3"]):
        s.pie(120, 372, 230 - i * 32, 180, 360, c)
    s.rect(0, 372, 320, 480, "#354a7d")
    s.rect(232, 190, 238, 376, "#22305a")
    s.disc(235, 176, 30, "#22305a")
    s.disc(235, 176, 23, "#fdf1e3")
    across(s, 235, 176, "무", 26, "#ef5d60", anchor="mm")
    s.rect(40, 334, 150, 342, "#22305a")
    for x in (50, 134):
        s.rect(x, 342, x + 6, 372, "#22305a")
    heading(s, 20, 392, "무지개 정류장", "Rainbow Stop", 38, "#fdf1e3", "ko")


def night_fish(s: Sheet) -> None:
    rnd = Random(4)
    for x, y, r in [
        (40, 60, 26),
        (110, 34, 18),
        (196, 70, 30),
        (280, 38, 22),
        (300, 140, 18),
        (24, 160, 16),
    ]:
        s.line([(x, 0), (x, y - r)], "#f6d9a8", 1.4)
        s.disc(x, y, r, "#f0503c", ry=r * 0.84)
        s.disc(x, y, r * 0.55, "#f9c74f", ry=r * 0.84)
    body = bezier([(40, 300), (90, 170), (230, 180), (270, 282)]) + bezier(
        [(270, 282), (220, 350), (110, 360), (40, 300)]
    )
    s.poly([(56, 296), (4, 240), (22, 300), (0, 352)], "#2ec4b6")
    s.poly([(130, 216), (120, 120), (240, 220)], "#2ec4b6")
    s.poly([(150, 330), (110, 400), (230, 318)], "#2ec4b6")
    s.poly(body, "#f6ead2")
    for i in range(5):
        for j in range(5):
            s.arc(
                92 + i * 26,
                226 + j * 24 + (i % 2) * 12,
                14,
                -60,
                80,
                "#e0655a" if (i + j) % 3 else "#2ec4b6",
                3,
            )
    s.disc(238, 262, 13, "#1b1038")
    s.disc(242, 258, 4, "#ffffff")
    for _ in range(26):
        left, top = rnd.uniform(0, 320), rnd.uniform(380, 480)
        s.line([(left, top), (left + 26, top)], "#46307a", 2)
    column(s, 290, 226, "夜市飛魚", "Night Market Fish", 40, "#f9c74f", "zh-Hant")


def moon_bakery(s: Sheet) -> None:
    stars(s, "#fce8c8", 50, Random(9), 0.88)
    s.disc(160, 190, 128, "#f7dfae")
    for x, y, r in [(110, 140, 24), (206, 120, 14), (220, 210, 30), (140, 250, 16), (96, 214, 10)]:
        s.disc(x, y, r, "#e8c98d")
    s.tone(
        "#d9ad6a",
        0.0,
        0.95,
        (160, 62, 288, 318),
        bezier([(160, 62), (330, 62), (330, 318), (160, 318)])
        + bezier([(160, 318), (270, 300), (270, 90), (160, 62)]),
        True,
    )
    s.poly(
        bezier([(70, 340), (60, 262), (150, 262), (160, 286)])
        + bezier([(160, 286), (170, 262), (260, 262), (250, 340)]),
        "#b5652b",
    )
    s.poly(
        bezier(
            [
                (80, 336),
                (72, 276),
                (148, 272),
                (156, 298),
                (164, 298),
                (172, 272),
                (248, 276),
                (240, 336),
            ]
        ),
        "#f3bd78",
    )
    s.rect(66, 334, 254, 352, "#8a4619", r=6)
    heading(s, 160, 404, "月面パン工房", "Moonside Bakery", 38, "#fce8c8", "ja", anchor="mm")
    across(s, 160, 444, "MOONSIDE BAKERY", 11, "#f3bd78", anchor="mm")


def clockmaker(s: Sheet) -> None:
    for r, c in (
        (190, "#c9a24b"),
        (176, "#23352f"),
        (150, "#f2e8d0"),
        (110, "#23352f"),
        (104, "#f2e8d0"),
    ):
        s.disc(176, 200, r, c)
    for i in range(60):
        a = i * math.tau / 60
        lo = 120 if i % 5 == 0 else 136
        s.line(
            [
                (176 + lo * math.cos(a), 200 + lo * math.sin(a)),
                (176 + 145 * math.cos(a), 200 + 145 * math.sin(a)),
            ],
            "#23352f",
            4 if i % 5 == 0 else 1.5,
        )
    for x, y, r, n, c in ((146, 226, 46, 16, "#c9a24b"), (214, 170, 34, 12, "#a4482f")):
        for i in range(n):
            a = i * math.tau / n
            s.disc(x + r * math.cos(a), y + r * math.sin(a), r * 0.13, c)
        s.disc(x, y, r, c)
        s.disc(x, y, r * 0.45, "#f2e8d0")
    s.line([(176, 200), (110, 96)], "#23352f", 9)
    s.line([(176, 200), (268, 236)], "#23352f", 6)
    s.disc(176, 200, 11, "#a4482f")
    s.rect(0, 380, 320, 480, "#23352f")
    across(s, 20, 394, "Der Uhrmacher", 29, "#f2e8d0", serif=True)
    across(s, 20, 432, "von Ebbe", 29, "#c9a24b", serif=True)


def tramway(s: Sheet) -> None:
    s.tone("#d98c8c", 0.95, 0.0, (0, 0, 320, 260))
    s.poly([(0, 0), (96, 150), (96, 262), (0, 380)], "#3c2a4d")
    s.poly([(320, 0), (224, 150), (224, 262), (320, 380)], "#2a1d38")
    for i in range(4):
        for side in (0, 1):
            x = 14 + i * 22 if not side else 292 - i * 22
            h = 46 - i * 9
            s.rect(
                x,
                110 + i * 18,
                x + 13 - i * 2,
                110 + i * 18 + h,
                "#f7c873" if (i + side) % 2 else "#5b4470",
            )
    s.poly([(96, 262), (224, 262), (320, 380), (320, 480), (0, 480), (0, 380)], "#514063")
    for a, b in ((136, 60), (184, 260)):
        s.line([(a, 262), (b, 480)], "#f4e9dc", 4)
    s.rect(112, 148, 208, 300, "#e9dcc3", r=14)
    s.rect(112, 232, 208, 300, "#bf3a3a", r=10)
    s.rect(122, 170, 198, 226, "#2a1d38", r=6)
    s.disc(160, 262, 13, "#f7c873")
    across(s, 160, 159, "9", 16, "#bf3a3a", anchor="mm")
    s.line([(160, 148), (190, 96), (130, 96)], "#2a1d38", 3)
    across(s, 160, 372, "Les Ombres", 36, "#f4e9dc", serif=True, anchor="mm")
    across(s, 160, 418, "du Tramway 9", 36, "#f7c873", serif=True, anchor="mm")
