"""A cover for every volume: the motif of the series, turned in hue from volume to volume."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from app.demo import covers_one, covers_two
from app.demo.canvas import Sheet
from app.demo.titles import byline, volume_mark

COVER = (320.0, 480.0)
SCALE = 5.25


@dataclass(frozen=True, slots=True)
class Cover:
    """Where the authors' names stand is (x, y, anchor) in cover units.

    From volume to volume the hues turn by `turn` degrees, which no face survives:
    a cover with people on it has a `second` motif instead.
    """

    ground: str
    motif: Callable[[Sheet], None]
    names_at: tuple[float, float, str]
    names_ink: str
    seal: tuple[str, str] = ("#17161a", "#fbf5e6")
    turn: float = 55
    second: Callable[[Sheet], None] | None = None


COVERS: dict[str, Cover] = {
    "tidal-library": Cover("#f0b24a", covers_one.tidal_library, (20, 22, "la"), "#14364a", ("#14364a", "#f6ecd6"), 150),
    "lighthouse": Cover("#1c2f5e", covers_one.lighthouse, (20, 20, "la"), "#cfd8f0", turn=300),
    "pylons": Cover("#d9e7e2", covers_one.pylons, (20, 18, "la"), "#1e2f36"),
    "salt-signal": Cover("#e4472b", covers_one.salt_signal, (20, 462, "la"), "#17161a", second=covers_one.dead_air),
    "rainbow-stop": Cover("#fdf1e3", covers_one.rainbow_stop, (20, 22, "la"), "#354a7d"),
    "night-fish": Cover("#1b1038", covers_one.night_fish, (20, 462, "la"), "#f6d9a8"),
    "moon-bakery": Cover("#2c2346", covers_one.moon_bakery, (160, 30, "mm"), "#f3bd78"),
    "clockmaker": Cover("#8a3b28", covers_one.clockmaker, (300, 467, "ra"), "#f2e8d0", turn=150),
    "tramway": Cover("#f2b5a7", covers_one.tramway, (160, 456, "mm"), "#f4e9dc", turn=235),
    "cat-observatory": Cover("#16204a", covers_two.cat_observatory, (20, 20, "la"), "#ffe9b8"),
    "gentian": Cover("#d9d3f5", covers_two.gentian, (20, 456, "la"), "#1d1f4f", turn=45),
    "rain-library": Cover("#127070", covers_two.rain_library, (160, 464, "mm"), "#d9efe8"),
    "ink-ghosts": Cover("#f4f0e6", covers_two.ink_ghosts, (300, 460, "ra"), "#141416"),
    "platform-zero": Cover("#f5f1e8", covers_two.platform_zero, (160, 474, "mm"), "#f5f1e8"),
    "polaris": Cover("#101935", covers_two.polaris, (20, 20, "la"), "#fff4c9"),
    "mending": Cover("#5a4a78", covers_two.mending, (20, 20, "la"), "#f7b2b7"),
    "turbine": Cover("#e3f2f7", covers_two.turbine, (160, 22, "mm"), "#22577a"),
    "whale": Cover("#f9ece2", covers_two.whale, (20, 20, "la"), "#2a2220"),
}  # fmt: skip


def draw_cover(name: str, authors: str, volume: int = 0) -> Image.Image:
    """The cover of one volume; volume 0 carries no number."""
    cover = COVERS[name]
    sheet = Sheet(COVER, cover.ground, scale=SCALE)
    motif = cover.second if volume == 2 and cover.second else cover.motif
    motif(sheet)
    if volume:
        volume_mark(sheet, volume, *cover.seal)
    x, y, anchor = cover.names_at
    if volume and y < 80 and x < 80:
        x = 68
    byline(sheet, x, y, authors, cover.names_ink, anchor)
    drawn = sheet.finished()
    turned = volume > 1 and motif is cover.motif
    return _turned(drawn, (volume - 1) * cover.turn) if turned else drawn


def _turned(picture: Image.Image, degrees: float) -> Image.Image:
    """The same picture with its hues turned round the circle and its brightness kept.

    The matrix is that of SVG's feColorMatrix type="hueRotate".
    """
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    rows = (
        (
            0.213 + c * 0.787 - s * 0.213,
            0.715 - c * 0.715 - s * 0.715,
            0.072 - c * 0.072 + s * 0.928,
            0,
        ),
        (
            0.213 - c * 0.213 + s * 0.143,
            0.715 + c * 0.285 + s * 0.140,
            0.072 - c * 0.072 - s * 0.283,
            0,
        ),
        (
            0.213 - c * 0.213 - s * 0.787,
            0.715 - c * 0.715 + s * 0.715,
            0.072 + c * 0.928 + s * 0.072,
            0,
        ),
    )
    return picture.convert("RGB", tuple(value for row in rows for value in row))
