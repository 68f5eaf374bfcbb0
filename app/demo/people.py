"""The figures of the sample stories: heads and shoulders, and small ones in a scene."""

from dataclasses import dataclass
from typing import Literal

from app.demo.canvas import INK, PAPER, Point, Sheet, bezier, blob

type Hair = Literal["bob", "long", "tail", "short", "bun", "cap"]
type Mood = Literal["calm", "glad", "happy", "shout", "worried", "asleep"]


@dataclass(frozen=True, slots=True)
class Person:
    hair: Hair
    hair_colour: str
    cloth: str
    skin: str = "#ffe3cd"
    collar: Literal["round", "sailor", "scarf", "coat"] = "round"
    glasses: bool = False


class Bust:
    """Draws one head with shoulders; u is half the width of the face."""

    def __init__(self, sheet: Sheet, who: Person, x: float, y: float, u: float) -> None:
        self.s, self.who, self.x, self.y, self.u = sheet, who, x, y, u
        grey = sheet.mode == "L"
        self.skin = PAPER if grey else who.skin
        self.shade = "#c9c9c9" if grey else _darker(who.skin, 0.86)
        self.edge = max(1.4, u * 0.035)

    def at(self, dx: float, dy: float) -> Point:
        return (self.x + dx * self.u, self.y + dy * self.u)

    def outline(self, *points: Point) -> list[Point]:
        return [self.at(*p) for p in points]

    def draw(self, mood: Mood = "calm", look: float = 0) -> None:
        self._back_hair()
        self._shoulders()
        self._neck_and_face()
        self._eyes(mood, look)
        self._mouth(mood, look)
        self._fringe()

    def _shoulders(self) -> None:
        o, s, u = self.outline, self.s, self.u
        left = o((-2.6, 9), (-2.5, 4.6), (-2.5, 1.9), (-1.1, 1.75), (0, 1.6))
        right = o((0, 1.6), (1.1, 1.75), (2.5, 1.9), (2.5, 4.6), (2.6, 9))
        s.poly(blob(left, right), self.who.cloth, INK, self.edge)
        light = _darker(self.who.cloth, 0.7) if _bright(self.who.cloth) else "#e8e8e8"
        for side in (-1, 1):
            s.line(o((side * 1.6, 7), (side * 1.45, 3.1)), light, self.edge)
        if self.who.collar == "coat":
            for side in (-1, 1):
                flap = o((side * 0.3, 1.5), (side * 1.0, 1.75), (side * 0.75, 3.0), (0, 3.6))
                s.poly(flap, _darker(self.who.cloth, 0.8), INK, self.edge)
            s.line(o((0, 3.5), (0, 9)), light, self.edge)
        elif self.who.collar == "sailor":
            for side in (-1, 1):
                flap = o((side * 0.35, 1.45), (side * 1.5, 1.8), (side * 1.25, 2.7), (0, 2.9))
                s.poly(flap, PAPER, INK, self.edge)
                s.line(o((side * 1.4, 2.2), (side * 0.2, 2.65)), INK, self.edge)
            s.poly(o((0, 2.8), (-0.45, 3.5), (0, 3.2), (0.45, 3.5)), "#d9472f", INK, u * 0.03)

    def _back_hair(self) -> None:
        reach = {"bob": 1.55, "long": 3.5, "tail": 0.7, "short": 0.5, "bun": 0.6, "cap": 1.0}
        low, o, fill = reach[self.who.hair], self.outline, self.who.hair_colour
        if self.who.hair == "bun":
            self.s.disc(*self.at(0, -2.0), 0.62 * self.u, fill, INK, self.edge)
        if self.who.hair == "tail":
            tail = blob(
                o((0.7, -1.4), (2.3, -1.9), (2.5, 0.6), (1.9, 2.3)),
                o((1.9, 2.3), (1.8, 0.8), (1.5, -0.2), (0.8, -0.7)),
            )
            self.s.poly(tail, fill, INK, self.edge)
        back = blob(
            o((-1.15, low), (-1.72, -0.2), (-1.25, -1.78), (0, -1.72)),
            o((0, -1.72), (1.25, -1.78), (1.72, -0.2), (1.15, low)),
        )
        self.s.poly(back, fill, INK, self.edge)

    def _neck_and_face(self) -> None:
        o, s = self.outline, self.s
        neck = o((-0.36, 0.8), (0.36, 0.8), (0.44, 1.68), (0, 2.1), (-0.44, 1.68))
        s.poly(neck, self.skin, INK, self.edge)
        s.poly(o((-0.36, 1.1), (0.36, 1.1), (0.38, 1.42), (0, 1.62), (-0.38, 1.36)), self.shade)
        if self.who.collar == "scarf":
            scarf = blob(
                o((-1.1, 1.5), (-0.9, 1.1), (0.9, 1.1), (1.1, 1.5)),
                o((1.1, 1.5), (1.1, 2.3), (-1.1, 2.3), (-1.1, 1.5)),
            )
            s.poly(scarf, "#d9622b", INK, self.edge)
            s.poly(o((0.4, 2.0), (1.0, 1.9), (1.1, 3.5), (0.5, 3.6)), "#d9622b", INK, self.edge)
        for side in (-1, 1):
            s.disc(
                *self.at(side * 1.0, 0.2), 0.17 * self.u, self.skin, INK, self.edge, 0.26 * self.u
            )
        face = blob(
            o((-1, -0.6), (-1.06, 0.75), (-0.42, 1.22), (0, 1.3)),
            o((0, 1.3), (0.42, 1.22), (1.06, 0.75), (1, -0.6)),
        )
        s.poly([*face, self.at(0.85, -0.95), self.at(-0.85, -0.95)], self.skin)
        s.line(face, INK, self.edge)

    def _eyes(self, mood: Mood, look: float) -> None:
        u, s = self.u, self.s
        iris = INK if s.mode == "L" else _darker(self.who.hair_colour, 0.55)
        for side in (-1, 1):
            dx = side * 0.45 + look
            if mood in ("happy", "asleep"):
                bend = -0.2 if mood == "happy" else 0.18
                lid = self.outline((dx - 0.24, 0.3), (dx, 0.3 + bend * 1.6), (dx + 0.24, 0.3))
                s.curve(lid, INK, 0.075 * u, 10)
            else:
                wide = 1.18 if mood == "shout" else 1
                self._eye(dx, wide, iris)
            self._brow(dx, side, mood)
            if mood == "happy" and s.mode != "L":
                s.disc(*self.at(side * 0.66 + look, 0.62), 0.17 * u, "#f7b9a5", ry=0.1 * u)
            if self.who.glasses:
                s.disc(*self.at(dx, 0.28), 0.36 * u, None, INK, self.edge * 1.2)
        if self.who.glasses:
            s.line(self.outline((look - 0.1, 0.24), (look + 0.1, 0.24)), INK, self.edge * 1.2)
        s.line(self.outline((look * 1.3, 0.62), (look * 1.3 + 0.05, 0.68)), INK, self.edge)

    def _eye(self, dx: float, wide: float, iris: str) -> None:
        u, s = self.u, self.s
        s.disc(*self.at(dx, 0.29), 0.25 * u, PAPER, ry=0.29 * wide * u)
        s.disc(*self.at(dx, 0.3), 0.18 * u, iris, ry=0.28 * wide * u)
        s.disc(*self.at(dx, 0.36), 0.1 * u, INK, ry=0.17 * u)
        s.disc(*self.at(dx + 0.07, 0.18), 0.07 * u, PAPER)
        s.disc(*self.at(dx - 0.06, 0.42), 0.035 * u, PAPER)
        top = 0.29 - 0.29 * wide
        lid = self.outline((dx - 0.28, top + 0.16), (dx, top - 0.12), (dx + 0.28, top + 0.16))
        s.curve(lid, INK, 0.085 * u, 10)

    def _brow(self, dx: float, side: int, mood: Mood) -> None:
        tilt = {"worried": -0.14, "shout": 0.14}.get(mood, 0)
        y = -0.26 if mood != "happy" else -0.32
        brow = [(dx - side * 0.2, y + tilt), (dx, y - 0.06), (dx + side * 0.24, y - tilt)]
        self.s.curve(self.outline(*brow), INK, 0.05 * self.u, 8)

    def _mouth(self, mood: Mood, look: float) -> None:
        u, s, x = self.u, self.s, look * 1.1
        if mood == "shout":
            s.disc(*self.at(x, 0.93), 0.17 * u, "#8f2b22", INK, self.edge, 0.2 * u)
            return
        if mood == "happy":
            s.pie(*self.at(x, 0.8), 0.24 * u, 0, 180, "#8f2b22")
            s.arc(*self.at(x, 0.8), 0.24 * u, 0, 180, INK, self.edge)
            return
        bend = {"calm": 0.02, "glad": 0.12, "worried": -0.08, "asleep": 0.04}[mood]
        s.curve(
            self.outline((x - 0.15, 0.88), (x, 0.88 + bend), (x + 0.15, 0.88)), INK, 0.05 * u, 8
        )

    def _fringe(self) -> None:
        o, fill = self.outline, self.who.hair_colour
        if self.who.hair == "cap":
            cap = blob(o((-1.3, -0.5), (-1.3, -2.2), (1.3, -2.2), (1.3, -0.5)))
            self.s.poly(cap, self.who.cloth, INK, self.edge)
            brim = o((-1.5, -0.45), (0, -0.95), (1.5, -0.45), (0, -0.2))
            self.s.poly(
                [*bezier(brim[:3], 12), brim[3]], _darker(self.who.cloth, 0.75), INK, self.edge
            )
            return
        crown = bezier(o((-1.22, -0.5), (-1.1, -1.75), (1.1, -1.75), (1.22, -0.5)), 20)
        if self.who.hair in ("short", "tail"):
            tips = [(1.1, 0.15), (0.85, -0.45), (0.5, -0.22), (0.3, -0.66), (-0.05, -0.3),
                    (-0.25, -0.7), (-0.62, -0.26), (-0.8, -0.5), (-1.1, 0.15)]  # fmt: skip
        else:
            tips = [(1.2, 0.6), (0.95, -0.25), (0.62, -0.1), (0.42, -0.58), (0.12, -0.06),
                    (-0.2, -0.6), (-0.5, -0.08), (-0.72, -0.52), (-0.97, -0.1), (-1.2, 0.55)]  # fmt: skip
        self.s.poly([*crown, *o(*tips)], fill)
        self.s.line(o((1.22, -0.5), *tips, (-1.22, -0.5)), INK, self.edge)
        shine = PAPER if not _bright(fill) else _lighter(fill)
        gloss = bezier(o((-0.75, -0.98), (-0.3, -1.3), (0.2, -1.28), (0.55, -1.1)), 10)
        self.s.line(gloss, shine, 0.07 * self.u)


def bust(
    sheet: Sheet, who: Person, x: float, y: float, u: float, mood: Mood = "calm", look: float = 0
) -> None:
    Bust(sheet, who, x, y, u).draw(mood, look)


def figure(sheet: Sheet, who: Person, x: float, foot: float, h: float, light: bool = False) -> None:
    """A whole person seen from far behind; h is the height, foot the ground line."""
    r = h * 0.095
    line = PAPER if light else INK
    cloth, hair = (INK, INK) if light else (who.cloth, who.hair_colour)
    top = foot - h
    for side in (-1, 1):
        sheet.rect(
            x + side * r * 0.75 - r * 0.42,
            foot - h * 0.36,
            x + side * r * 0.75 + r * 0.42,
            foot,
            INK,
        )
    coat = [(x - r * 1.1, top + r * 2.3), (x + r * 1.1, top + r * 2.3),
            (x + r * 1.9, foot - h * 0.24), (x - r * 1.9, foot - h * 0.24)]  # fmt: skip
    for side in (-1, 1):
        arm = [(x + side * r * 1.0, top + r * 2.6), (x + side * r * 1.75, foot - h * 0.42)]
        sheet.line(arm, line, r * 0.95)
        sheet.line(arm, cloth, r * 0.7)
    sheet.poly(coat, cloth, line, max(1, h * 0.012))
    sheet.disc(x, top + r * 1.05, r * 1.12, hair, line, max(1, h * 0.01))
    if who.hair in ("long", "bob", "tail"):
        low = {"long": 4.2, "bob": 2.3, "tail": 3.6}[who.hair]
        spread = 0.45 if who.hair == "tail" else 1.1
        fall = [(x - r * spread, top + r), (x + r * spread, top + r),
                (x + r * spread * 0.9, top + r * low), (x - r * spread * 0.9, top + r * low)]  # fmt: skip
        sheet.poly(fall, hair)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _darker(colour: str, by: float) -> str:
    return "#" + "".join(f"{round(c * by):02x}" for c in _channels(colour))


def _lighter(colour: str) -> str:
    return "#" + "".join(f"{round(c + (255 - c) * 0.5):02x}" for c in _channels(colour))


def _bright(colour: str) -> bool:
    return sum(_channels(colour)) > 210
