"""Tall strips to scroll through: few panels, wide air, words in the gaps."""

from itertools import cycle
from random import Random

from app.demo.canvas import INK, PAPER, Point, Sheet
from app.demo.lettering import Speech, Voice, bubble
from app.demo.pages import talk
from app.demo.shots import Shots, Style

STRIP = (800.0, 4000.0)
SHOTS = ("talk", "far", "pair", "close", "place", "impact", "talk", "thing")


class Strips:
    """Draws the strips of one chapter; the same name gives the same strips."""

    def __init__(self, style: Style, name: str) -> None:
        self.style, self.rnd = style, Random(name)
        self.language, self.lines = talk(style.language, self.rnd)
        self.speakers = cycle(style.cast)
        self.turn = self.rnd.randrange(len(SHOTS))

    def strip(self) -> Sheet:
        page = Sheet(STRIP, PAPER)
        dark = self.rnd.random() < 0.3
        palette = self.style.night if dark else self.style.day
        page.fade(PAPER if not dark else palette.sky, palette.low_sky)
        y = self.rnd.uniform(90, 200)
        while y < page.h - 520:
            room = page.h - y - 90
            h = min(self.rnd.uniform(460, 860), room)
            self._panel(page, y, h)
            y += h + self.rnd.uniform(170, 300)
        return page

    def _panel(self, page: Sheet, y: float, h: float) -> None:
        full = self.rnd.random() < 0.4
        x0 = 0.0 if full else self.rnd.choice([44.0, 88.0, 0.0])
        x1 = page.w if full else x0 + page.w - 88
        art = page.part(x1 - x0, h)
        self.turn += 1
        shot = SHOTS[self.turn % len(SHOTS)]
        place = self.rnd.choice(self.style.places)
        shots = Shots(art, self.style, place, self.rnd, next(self.speakers))
        mouth = shots.draw(shot)
        page.hang(art, x0, y)
        if not full:
            page.rect(x0, y, x1, y + h, None, INK, 2.6)
        self._speak(page, y, h, (x0 + mouth[0], y + mouth[1]) if mouth else None, shots.free < 0)

    def _speak(self, page: Sheet, y: float, h: float, mouth: Point | None, left: bool) -> None:
        text = next(self.lines)
        speech = Speech(page, text, self.language, 27)
        rx, ry = speech.radii
        x = rx + 40 if left else page.w - rx - 40
        voice: Voice = "shout" if text.endswith("!") else "say"
        bubble(page, speech, x, y + ry * 0.3, mouth, voice)
        if self.rnd.random() < 0.7:
            answer = Speech(page, next(self.lines), self.language, 27)
            rx, ry = answer.radii
            x = page.w - rx - 40 if left else rx + 40
            bubble(page, answer, x, y + h + ry * 0.4, None)
