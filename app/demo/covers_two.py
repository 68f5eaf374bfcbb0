"""Covers of the sample series, in units of 320 × 480: the second shelf."""

import math
from random import Random

from app.demo.canvas import Sheet, bezier
from app.demo.outdoors import stars
from app.demo.people import Person, bust
from app.demo.titles import across, column, heading


def cat_observatory(s: Sheet) -> None:
    stars(s, "#ffe9b8", 70, Random(12), 0.69)
    for r in (70, 110, 150, 190):
        s.arc(220, 90, r, 0, 360, "#3c4f8f", 1)
    s.disc(220, 90, 30, "#ffe9b8")
    s.disc(232, 82, 27, "#16204a")
    s.pie(112, 372, 104, 180, 360, "#7f8fce")
    s.poly([(104, 268), (136, 270), (214, 360), (176, 372)], "#16204a")
    s.line([(120, 330), (206, 230)], "#ffd166", 15)
    s.rect(8, 368, 216, 480, "#5566ad")
    s.poly(
        bezier([(222, 400), (226, 300), (262, 290), (262, 330)])
        + bezier([(262, 330), (304, 350), (298, 400), (296, 400)]),
        "#0b1026",
    )
    s.disc(254, 306, 25, "#0b1026", ry=22)
    s.poly([(232, 300), (232, 268), (252, 288)], "#0b1026")
    s.poly([(276, 300), (276, 268), (256, 288)], "#0b1026")
    s.disc(246, 306, 4, "#ffd166")
    s.disc(263, 306, 4, "#ffd166")
    s.curve([(294, 396), (330, 380), (316, 330), (306, 322)], "#0b1026", 8)
    s.rect(0, 396, 320, 480, "#0b1026")
    heading(s, 20, 404, "Кот и", "The Cat and", 26, "#ffe9b8", "ru")
    heading(s, 20, 438, "обсерватория", "the Observatory", 26, "#ffe9b8", "ru")


def gentian(s: Sheet) -> None:
    for ring, (r, n, c) in enumerate(
        [(150, 10, "#3a3f9e"), (112, 10, "#5b63cf"), (72, 5, "#8d97ef")]
    ):
        for i in range(n):
            a = i * math.tau / n + ring * 0.3
            tip = (150 + r * math.cos(a), 200 + r * math.sin(a))
            side = [
                (150 + r * 0.62 * math.cos(a + d), 200 + r * 0.62 * math.sin(a + d))
                for d in (-0.42, 0.42)
            ]
            s.poly(
                bezier([(150, 200), side[0], side[0], tip])
                + bezier([tip, side[1], side[1], (150, 200)]),
                c,
            )
    s.tone("#f3ecff", 0.0, 0.54, (0, 210, 320, 360))
    s.disc(150, 200, 20, "#f6c945")
    s.curve([(150, 226), (146, 340), (182, 400), (176, 480)], "#2d6a4f", 9)
    s.poly(
        bezier([(166, 388), (230, 330), (286, 350), (300, 380)])
        + bezier([(300, 380), (240, 396), (200, 404), (166, 388)]),
        "#2d6a4f",
    )
    s.rect(252, 0, 320, 480, "#1d1f4f")
    column(s, 286, 28, "竜胆クロニクル", "Gentian Chronicle", 40, "#f3ecff", "ja")


def rain_library(s: Sheet) -> None:
    for row in range(4):
        for col in range(3):
            x, y = 20 + col * 96, 60 + row * 92
            s.rect(x, y, x + 84, y + 70, "#0e5a5a")
            s.pie(x + 42, y + 2, 42, 180, 360, "#0e5a5a")
            rnd = Random(row * 7 + col)
            bx = float(x + 8)
            while bx < x + 70:
                bw, bh = rnd.choice([7, 9, 11]), rnd.randint(30, 58)
                s.rect(
                    bx,
                    y + 70 - bh,
                    bx + bw,
                    y + 70,
                    rnd.choice(["#f3d9a4", "#d86f45", "#7ab8a8", "#f7f0df"]),
                )
                bx += bw + 2
            s.rect(x - 4, y + 68, x + 88, y + 74, "#f3d9a4")
    rnd = Random(77)
    for _ in range(60):
        left, top = rnd.uniform(-20, 320), rnd.uniform(0, 380)
        s.line([(left, top), (left + 6, top + 26)], "#d9efe8", 1.2)
    s.rect(0, 392, 320, 480, "#093a3a")
    heading(s, 160, 434, "مكتبة المطر", "The Rain Library", 40, "#f3d9a4", "ar", anchor="mm")


def ink_ghosts(s: Sheet) -> None:
    s.poly(
        bezier([(70, 330), (60, 120), (110, 60), (160, 60)])
        + bezier([(160, 60), (210, 60), (260, 120), (250, 330)])
        + [
            (250, 330),
            (232, 400),
            (214, 350),
            (196, 420),
            (174, 352),
            (150, 440),
            (128, 350),
            (108, 396),
            (90, 344),
        ],
        "#141416",
    )
    rnd = Random(8)
    for _ in range(34):
        a, r = rnd.uniform(0, math.tau), rnd.uniform(120, 210)
        s.disc(
            160 + r * math.cos(a), 210 + r * math.sin(a), rnd.choice([1.5, 2, 3, 5, 7]), "#141416"
        )
    for x in (128, 192):
        s.disc(x, 170, 20, "#f4f0e6", ry=27)
        s.disc(x + 3, 176, 9, "#141416", ry=12)
    s.disc(160, 232, 9, "#f4f0e6", ry=13)
    s.poly([(248, 250), (312, 86), (322, 100), (262, 262)], "#c4452e")
    s.poly([(248, 250), (262, 262), (244, 280)], "#141416")
    across(s, 20, 22, "INK FOR", 22, "#141416")
    across(s, 20, 442, "GHOSTS", 22, "#c4452e")


def platform_zero(s: Sheet) -> None:
    s.rays(160, 196, 126, "#111111", Random(3), 56, 0.42)
    s.disc(160, 196, 116, "#f5f1e8", ry=150)
    s.disc(160, 196, 104, "#d7263d", ry=138)
    s.disc(160, 196, 46, "#f5f1e8", ry=84)
    s.tone(
        "#111111",
        0.0,
        0.82,
        (60, 196, 262, 336),
        [(56, 196), (264, 196), (240, 300), (160, 336), (80, 300)],
    )
    s.disc(160, 196, 46, "#f5f1e8", ry=84)
    s.rect(0, 392, 320, 480, "#111111")
    heading(s, 160, 424, "零番線", "Platform Zero", 46, "#f5f1e8", "ja", anchor="mm")
    across(s, 160, 462, "PLATFORM ZERO", 10, "#d7263d", anchor="mm")


def polaris(s: Sheet) -> None:
    for i in range(9):
        s.rect(0, 300 + i * 14, 320, 306 + i * 14, "#e3348c" if i % 2 else "#27c4d9")
    pts = []
    for i in range(16):
        r = (150, 30, 84, 30)[i % 4]
        a = -math.pi / 2 + i * math.tau / 16
        pts.append((160 + r * math.cos(a), 170 + r * math.sin(a)))
    s.poly([(x + 8, y + 8) for x, y in pts], "#e3348c")
    s.poly(pts, "#fff4c9")
    s.tone("#f2a541", 0.0, 0.95, (60, 170, 260, 322), pts)
    stars(s, "#fff4c9", 26, Random(31), 0.58)
    s.rect(0, 404, 320, 480, "#101935")
    heading(s, 160, 430, "北極星ダイナー", "Polaris Diner", 36, "#fff4c9", "ja", anchor="mm")
    across(s, 160, 464, "OPEN UNTIL DAWN", 9, "#27c4d9", anchor="mm")


def mending(s: Sheet) -> None:
    s.disc(110, 150, 84, "#f5efe0")
    s.disc(140, 134, 74, "#5a4a78")
    s.curve([(60, 470), (400, 380), (-60, 300), (240, 250), (206, 96)], "#f7b2b7", 4, 80)
    s.poly([(200, 30), (208, 30), (252, 330), (246, 330)], "#d8d4e6")
    s.disc(205, 48, 8, "#d8d4e6", ry=17)
    s.disc(206, 48, 3, "#5a4a78", ry=10)
    for i in range(7):
        x = 30 + i * 42
        s.line([(x, 372), (x + 24, 372)], "#f7b2b7", 4)
    s.rect(0, 392, 320, 480, "#3c3054")
    heading(s, 160, 426, "달빛 수선집", "Moonlight Mending", 44, "#f5efe0", "ko", anchor="mm")
    across(s, 160, 462, "M O O N L I G H T   M E N D I N G", 8, "#f7b2b7", anchor="mm")


def turbine(s: Sheet) -> None:
    s.rect(0, 0, 320, 200, "#bfe3ef")
    for x, y, r, t in ((240, 130, 120, 0.3), (70, 90, 70, 1.2)):
        s.poly(
            [(x - r * 0.05, y), (x + r * 0.05, y), (x + r * 0.09, 480), (x - r * 0.09, 480)],
            "#ffffff",
        )
        for i in range(3):
            a = t + i * math.tau / 3
            s.poly(
                [
                    (x + r * 0.1 * math.cos(a + 1.5), y + r * 0.1 * math.sin(a + 1.5)),
                    (x + r * 0.42 * math.cos(a + 0.2), y + r * 0.42 * math.sin(a + 0.2)),
                    (x + r * math.cos(a), y + r * math.sin(a)),
                    (x, y),
                ],
                "#ffffff",
            )
        s.disc(x, y, r * 0.09, "#ffb400")
    s.tone("#5bb0cf", 0.0, 0.85, (0, 100, 320, 330))
    bust(s, Person("tail", "#1d2b3a", "#e4572e", "#f3c9a8"), 218, 262, 42, "glad", -0.08)
    bust(s, Person("bob", "#ffb400", "#22577a", collar="scarf"), 104, 256, 48, "happy")
    s.rect(0, 386, 320, 480, "#1d2b3a")
    across(s, 160, 416, "TURBINE", 40, "#ffffff", anchor="mm")
    across(s, 160, 456, "GIRLS", 26, "#ffb400", anchor="mm")


def whale(s: Sheet) -> None:
    s.tone("#f4d6c1", 0.95, 0.0, (0, 0, 320, 300))
    s.poly(
        bezier([(24, 250), (30, 120), (180, 110), (250, 190)])
        + bezier([(250, 190), (276, 214), (280, 190), (300, 150)])
        + bezier([(300, 150), (316, 200), (300, 236), (262, 250)])
        + bezier([(262, 250), (200, 320), (60, 320), (24, 250)]),
        "#2b4c7e",
    )
    s.poly(
        bezier([(24, 250), (70, 276), (160, 282), (220, 278)])
        + bezier([(220, 278), (160, 316), (56, 316), (24, 250)]),
        "#eef3f5",
    )
    for i in range(5):
        s.curve(
            [(44 + i * 22, 262 + i * 4), (70 + i * 20, 290), (110 + i * 14, 296)], "#2b4c7e", 1.5
        )
    s.disc(72, 238, 5, "#111d33")
    s.poly([(136, 268), (196, 340), (180, 264)], "#20395f")
    s.rect(236, 60, 245, 400, "#2a2220")
    for y in (86, 116):
        s.rect(204, y, 277, y + 6, "#2a2220")
        for x in (208, 222, 258, 272):
            s.rect(x - 3, y - 9, x + 3, y, "#2a2220")
    for y in (80, 112, 120):
        s.curve([(0, y - 30), (120, y + 26), (240, y)], "#2a2220", 1.5)
        s.line([(240, y), (320, y - 10)], "#2a2220", 1.5)
    s.rect(0, 388, 320, 480, "#c8412b")
    heading(s, 160, 424, "電柱と鯨", "The Whale and the Pole", 48, "#fdeee0", "ja", anchor="mm")
    across(s, 160, 462, "THE WHALE AND THE POWER POLE", 8.5, "#fdeee0", anchor="mm")
