"""Comic pages: where the panels lie, what each shows, who speaks in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from random import Random

from app.demo.canvas import INK, PAPER, Point, Sheet
from app.demo.dialogue import LINES, SOUNDS
from app.demo.fonts import face_for
from app.demo.lettering import COLUMNS, Speech, Voice, across, bubble, caption, down
from app.demo.people import bust, figure
from app.demo.shots import Shots, Style, view
from app.demo.titles import heading

PAGE = (840.0, 1200.0)
MARGIN, GUTTER = 38.0, 13.0
# Of the words in bubbles, where they are not 21.
SIZES = {"ja": 24.0, "zh-Hant": 24.0, "ko": 23.0, "ar": 25.0}
# Rows from the top: (share of the height, shares of the width in reading order).
LAYOUTS: tuple[tuple[tuple[float, tuple[float, ...]], ...], ...] = (
    ((0.36, (1,)), (0.29, (0.5, 0.5)), (0.35, (1,))),
    ((0.34, (0.62, 0.38)), (0.26, (1,)), (0.4, (0.42, 0.58))),
    ((0.5, (1,)), (0.25, (0.36, 0.3, 0.34)), (0.25, (1,))),
    ((0.33, (0.44, 0.56)), (0.33, (0.6, 0.4)), (0.34, (0.5, 0.5))),
    ((0.6, (1,)), (0.4, (0.46, 0.54))),
    ((0.42, (0.4, 0.6)), (0.58, (0.6, 0.4))),
    ((0.3, (1,)), (0.4, (0.56, 0.44)), (0.3, (0.34, 0.66))),
    ((0.26, (0.5, 0.5)), (0.48, (1,)), (0.26, (0.62, 0.38))),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One panel: its corners clockwise from the top left, in units of the page."""

    corners: tuple[Point, Point, Point, Point]

    @property
    def box(self) -> tuple[float, float, float, float]:
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return min(xs), min(ys), max(xs), max(ys)


def talk(language: str, rnd: Random) -> tuple[str, Iterator[str]]:
    """An endless conversation, in English where no font here can write the language."""
    if face_for("".join(LINES[language]).replace("/", ""), language) is None:
        language = "en"
    lines = LINES[language]
    start = rnd.randrange(len(lines))
    return language, cycle((*lines[start:], *lines[:start]))


class Artist:
    """Draws the pages of one chapter; the same name gives the same pages."""

    def __init__(self, style: Style, name: str, language: str = "") -> None:
        self.style, self.rnd = style, Random(name)
        self.language, self.lines = talk(language or style.language, self.rnd)
        self.speakers = cycle(style.cast)
        self.splash = self.rnd.randrange(7)
        self.last_layout, self.last_shot = -1, ""
        self.place = self.rnd.choice(style.places)

    def sheet(self, w: float, h: float, ground: str = PAPER) -> Sheet:
        return Sheet((w, h), ground, "L" if self.style.grey else "RGB")

    def page(self, number: int) -> Sheet:
        page = self.sheet(*PAGE)
        if number % 7 == self.splash:
            self._splash(page)
        else:
            for frame in self._frames(page):
                self._panel(page, frame)
        self.number(page, number)
        return page

    def spread(self) -> Sheet:
        """Two facing pages as one picture: a wide view with two panels let in."""
        page = self.sheet(PAGE[0] * 2, PAGE[1])
        view(page, self.style, self.place, self.rnd)
        who = self.style.cast[0]
        figure(page, who, page.w * self.rnd.uniform(0.4, 0.6), page.h * 0.97, page.h * 0.42, True)
        x = 1110.0 if self.style.rtl else 70.0
        for i, top in enumerate((70.0, 420.0)):
            left = x + (0 if i else 60)
            frame = Frame(
                ((left, top), (left + 500, top - 16), (left + 500, top + 300), (left, top + 316))
            )
            self._panel(page, frame, "talk" if i else "close")
        return page

    def opening(self, title: str, latin: str, chapter: str) -> Sheet:
        """The title page of a chapter: one picture, the series and the chapter below."""
        page = self.sheet(*PAGE)
        art = page.part(page.w - 2 * MARGIN, page.h * 0.72)
        self._title_picture(art)
        page.hang(art, MARGIN, MARGIN)
        page.rect(MARGIN, MARGIN, page.w - MARGIN, MARGIN + art.h, None, INK, 3.2)
        y = MARGIN + art.h
        heading(page, page.w / 2, y + 92, title, latin, 62, INK, self.language, True, "mm")
        page.line([(page.w * 0.38, y + 148), (page.w * 0.62, y + 148)], INK, 2)
        heading(page, page.w / 2, y + 190, chapter, "", 30, "#4a4a4a", self.language, True, "mm")
        return page

    def _title_picture(self, art: Sheet) -> None:
        kind, palette = self.rnd.randrange(3), self.style.day
        if kind == 0:
            art.fade(palette.sky, palette.low_sky)
            art.tone(palette.middle, 0.6, 0.05)
        else:
            view(art, self.style, self.place, self.rnd)
        if kind == 2:
            self._wanderers(art)
            return
        for i, who in enumerate(self.rnd.sample(self.style.cast, 2)):
            x, y = art.w * (0.5 + (0.13 if i else -0.17)), art.h * (0.64 if i else 0.56)
            bust(art, who, x, y, art.w * 0.12, "glad", 0.06 if i else -0.04)

    def number(self, page: Sheet, number: int) -> None:
        across(page, page.w / 2, page.h - 17, str(number), 15, "#4a4a4a", anchor="mm")

    def _splash(self, page: Sheet) -> None:
        art = page.part(page.w, page.h * 0.68)
        view(art, self.style, self.place, self.rnd)
        self._wanderers(art)
        page.hang(art, 0, 0)
        y = page.h * 0.68
        page.line([(0, y), (page.w, y)], INK, 3)
        half = page.w * self.rnd.uniform(0.42, 0.58)
        bottom = page.h - MARGIN
        for x0, x1 in ((MARGIN, half - 7), (half + 7, page.w - MARGIN)):
            corners = ((x0, y + 18), (x1, y + 18), (x1, bottom), (x0, bottom))
            self._panel(page, Frame(corners), "talk")
        self._speak(
            page,
            Frame(((30, 30), (page.w - 30, 30), (page.w - 30, y), (30, y))),
            None,
            1 if self.style.rtl else -1,
        )

    def _wanderers(self, art: Sheet) -> None:
        """One or two people, seen from behind, small against the view."""
        h, x = art.h * self.rnd.uniform(0.24, 0.44), art.w * self.rnd.uniform(0.24, 0.66)
        light = self.rnd.random() < 0.5
        figure(art, self.style.cast[0], x, art.h * 0.98, h, light)
        if self.rnd.random() < 0.5:
            figure(art, self.style.cast[1], x + h * 0.46, art.h * 0.98, h * 0.95, light)

    def _frames(self, page: Sheet) -> list[Frame]:
        """Panels in reading order; dividers lean a little unless the style is strict."""
        pick = self.rnd.randrange(len(LAYOUTS))
        if pick == self.last_layout:
            pick = (pick + 1) % len(LAYOUTS)
        self.last_layout = pick
        lean = 0.0 if self.style.strict else 11.0
        x0, x1, y = MARGIN, page.w - MARGIN, MARGIN
        tall, frames = page.h - 2 * MARGIN, list[Frame]()
        upper = 0.0
        for n, (share, widths) in enumerate(LAYOUTS[pick]):
            last = n == len(LAYOUTS[pick]) - 1
            lower = 0.0 if last else self.rnd.uniform(-lean, lean)
            bottom = y + tall * share - (0 if last else GUTTER)
            shares = widths[::-1] if self.style.rtl else widths
            row = self._row(shares, (x0, x1), (y, upper), (bottom, lower), lean)
            frames += row[::-1] if self.style.rtl else row
            y, upper = bottom + GUTTER, lower
        return frames

    def _row(
        self, shares: tuple[float, ...], ends: Point, top: Point, bottom: Point, lean: float
    ) -> list[Frame]:
        (x0, x1), frames = ends, list[Frame]()

        def height(edge: Point, x: float) -> float:
            return edge[0] + edge[1] * (2 * (x - x0) / (x1 - x0) - 1)

        left, slant, at = x0, 0.0, 0.0
        for i, share in enumerate(shares):
            at += share
            last = i == len(shares) - 1
            nxt = 0.0 if last else self.rnd.uniform(-lean, lean) * 1.6
            right = x1 if last else x0 + (x1 - x0) * at - GUTTER / 2
            frames.append(Frame((
                (left + slant, height(top, left)), (right + nxt, height(top, right)),
                (right - nxt, height(bottom, right)), (left - slant, height(bottom, left)),
            )))  # fmt: skip
            left, slant = right + GUTTER * 0.85, nxt
        return frames

    def _panel(self, page: Sheet, frame: Frame, shot: str = "") -> None:
        x0, y0, x1, y1 = frame.box
        art = page.part(x1 - x0, y1 - y0)
        wide = art.w > max(430, art.h * 1.25)
        if self.rnd.random() < 0.3:
            self.place = self.rnd.choice(self.style.places)
        choice = ["talk", "talk", "talk", "far", "place", "thing", "impact"]
        choice += ["pair", "pair", "pair", "far"] if wide else ["close", "close"]
        while not shot or shot == self.last_shot:
            shot = self.rnd.choice(choice)
        self.last_shot = shot if shot != "talk" else ""
        shots = Shots(art, self.style, self.place, self.rnd, next(self.speakers))
        tail = shots.draw(shot)
        page.hang(art, x0, y0, frame.corners)
        corners = frame.corners
        page.line([*corners, corners[0], corners[1]], INK, 3.2)
        if shot == "impact":
            self._sound(page, frame)
        if shot != "thing" or self.rnd.random() < 0.4:
            self._speak(page, frame, (x0 + tail[0], y0 + tail[1]) if tail else None, shots.free)

    def _speak(self, page: Sheet, frame: Frame, tail: Point | None, side: int) -> None:
        x0, y0, x1, y1 = frame.box
        size = SIZES.get(self.language, 21.0)
        text = next(self.lines)
        speech = Speech(page, text, self.language, size)
        rx, ry = speech.radii
        if self.style.strict and tail is None:
            caption(page, speech, x0 + 12, y0 + 12, "#fff2b8")
            return
        voice: Voice = "shout" if text.endswith(("!", "！")) else "say"
        reach = rx * 1.45 if voice == "shout" else rx + 10
        x = x0 + reach if side < 0 else x1 - reach
        y = min(y0 + ry + 12 + self.rnd.uniform(0, 14), y1 - ry - 8)
        if tail is None and self.rnd.random() < 0.3:
            voice = "think"
        bubble(page, speech, x, y, tail, voice)

    def _sound(self, page: Sheet, frame: Frame) -> None:
        x0, y0, x1, y1 = frame.box
        text, size = self.rnd.choice(SOUNDS[self.language]), min(84.0, (x1 - x0) * 0.2)
        edge = (PAPER, 5.0)
        ink = INK if self.style.grey else self.style.day.accent
        if self.language in COLUMNS:
            size = min(size, (y1 - y0) * 0.44 / len(text))
            down(
                page,
                x1 - size * 0.7,
                y1 - len(text) * size - 14,
                text,
                size,
                ink,
                self.language,
                lead=0.96,
                edge=edge,
            )
        else:
            across(
                page,
                x1 - 14,
                y1 - 12,
                text,
                size * 0.62,
                ink,
                self.language,
                anchor="rd",
                edge=edge,
            )
