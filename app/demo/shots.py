"""What one panel shows: people near and far, places, things."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from app.demo import indoors, outdoors
from app.demo.canvas import INK, PAPER, Point, Sheet
from app.demo.palettes import Palette
from app.demo.people import Mood, Person, bust, figure

type Scene = Callable[[Sheet, Palette, Random], None]

SCENES: dict[str, Scene] = {
    "sea": outdoors.sea, "skyline": outdoors.skyline, "street": outdoors.street,
    "mountains": outdoors.mountains, "forest": outdoors.forest, "rain": outdoors.rain,
    "night": outdoors.night, "library": indoors.library, "window": indoors.window,
    "train": indoors.train, "counter": indoors.counter,
}  # fmt: skip
THINGS: tuple[Scene, ...] = (indoors.letter, indoors.cup, indoors.clock, indoors.cat)


@dataclass(frozen=True, slots=True)
class Style:
    """How one series is drawn. `strict` panels stand upright, as in Western comics."""

    language: str
    cast: tuple[Person, ...]
    places: tuple[str, ...]
    day: Palette
    night: Palette
    grey: bool = True
    rtl: bool = True
    strict: bool = False


def view(art: Sheet, style: Style, place: str, rnd: Random) -> None:
    """The place by day, or now and then by night."""
    SCENES[place](art, style.night if rnd.random() < 0.3 else style.day, rnd)


class Shots:
    """Each kind of shot answers where its speaker's mouth is, if anybody speaks."""

    def __init__(self, art: Sheet, style: Style, place: str, rnd: Random, speaker: Person) -> None:
        self.art, self.style, self.where, self.rnd = art, style, place, rnd
        self.speaker = speaker
        # The side with room for a bubble: -1 left, 1 right.
        self.free = 1 if style.rtl else -1

    def _view(self) -> None:
        view(self.art, self.style, self.where, self.rnd)

    def draw(self, shot: str) -> Point | None:
        drawn: dict[str, Callable[[], Point | None]] = {
            "talk": self.talk, "close": self.close, "pair": self.pair, "far": self.far,
            "place": self.place, "thing": self.thing, "impact": self.impact,
        }  # fmt: skip
        return drawn[shot]()

    def talk(self) -> Point:
        self._backdrop()
        u = min(self.art.h * 0.2, self.art.w * 0.2)
        u *= self.rnd.uniform(0.86, 1.12)
        side = self.rnd.choice([-1, 1])
        self.free = -side
        x = self.art.w * (0.5 + side * self.rnd.uniform(0.08, 0.2))
        y = self.art.h * (0.68 if self.art.w < 340 else 0.55)
        return self._head(self.speaker, x, y, u, -side * 0.09)

    def close(self) -> Point:
        self._backdrop()
        u = min(self.art.h * 0.27, self.art.w * 0.25)
        self.free = -1
        return self._head(self.speaker, self.art.w * 0.58, self.art.h * 0.65, u, -0.05)

    def pair(self) -> Point:
        self._backdrop()
        u = min(self.art.h * 0.2, self.art.w * 0.12)
        one = self.speaker
        two = self.rnd.choice([who for who in self.style.cast if who != one])
        self.free = self.rnd.choice([-1, 1])
        near, off = 0.5 + self.free * 0.06, 0.5 - self.free * 0.27
        self._head(two, self.art.w * off, self.art.h * 0.55, u * 0.96, self.free * 0.13)
        return self._head(one, self.art.w * near, self.art.h * 0.57, u, -self.free * 0.13)

    def far(self) -> Point:
        self._view()
        h, foot = self.art.h * self.rnd.uniform(0.42, 0.56), self.art.h * 0.99
        side = self.rnd.choice([-1, 1])
        self.free = -side
        x = self.art.w * (0.46 + side * self.rnd.uniform(0.06, 0.2))
        figure(self.art, self.style.cast[0], x, foot, h)
        if self.rnd.random() < 0.6:
            figure(self.art, self.style.cast[1], x + h * 0.5, foot, h * 0.94)
        return (x, foot - h * 0.9)

    def place(self) -> None:
        self._view()

    def thing(self) -> None:
        self.rnd.choice(THINGS)(self.art, self.style.day, self.rnd)

    def impact(self) -> Point:
        ink = INK if self.style.grey else self.style.day.near
        if not self.style.grey:
            self.art.fade(self.style.day.light, self.style.day.low_sky)
        u = min(self.art.h * 0.23, self.art.w * 0.2)
        x, y = self.art.w * 0.55, self.art.h * 0.56
        self.free = -1
        self.art.rays(x, y, u * 2.2, ink, self.rnd, 90, 0.38, 0.6)
        mood: Mood = self.rnd.choice(["shout", "worried", "glad"])
        bust(self.art, self.speaker, x, y, u, mood)
        return (x, y + u)

    def _head(self, who: Person, x: float, y: float, u: float, look: float) -> Point:
        moods: list[Mood] = ["calm", "calm", "glad", "happy", "worried", "shout", "asleep"]
        bust(self.art, who, x, y, u, self.rnd.choice(moods), look)
        return (x, y + u)

    def _backdrop(self) -> None:
        pick, art, p = self.rnd.random(), self.art, self.style.day
        if pick < 0.42:
            self._view()
            veil = Sheet((art.w, art.h), PAPER if self.style.grey else p.low_sky, art.mode, art.k)
            art.im.paste(veil.im, (0, 0), veil.im.convert("L").point([150] * 256))
        elif pick < 0.8:
            if not self.style.grey:
                art.fade(p.sky, p.low_sky)
            lo, hi = self.rnd.choice([(0.0, 0.5), (0.5, 0.0), (0.22, 0.22), (0.1, 0.6)])
            art.tone(
                "#555555" if self.style.grey else p.far, lo, hi, across=self.rnd.random() < 0.3
            )
        elif pick < 0.9:
            art.fade(p.far, p.low_sky)
            for _ in range(46):
                y = self.rnd.uniform(0, art.h)
                art.line(
                    [(0, y), (art.w, y)],
                    INK if self.style.grey else p.middle,
                    self.rnd.uniform(0.6, 2.4),
                )
        elif not self.style.grey:
            art.fade(p.low_sky, p.light)
