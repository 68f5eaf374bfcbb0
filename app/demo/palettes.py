"""The colours a series is drawn in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """From the sky down to what is nearest; `light` glows, `accent` calls."""

    sky: str
    low_sky: str
    far: str
    middle: str
    near: str
    light: str
    accent: str

    @property
    def dark(self) -> bool:
        return self.sky < "#3"


GREY = Palette("#ffffff", "#f2f2f2", "#c4c4c4", "#8a8a8a", "#1c1c1c", "#ffffff", "#3a3a3a")
GREY_NIGHT = Palette("#1a1a1a", "#3c3c3c", "#4c4c4c", "#343434", "#0c0c0c", "#ffffff", "#d0d0d0")
DAY = Palette("#9fd3e6", "#f3efdc", "#8fb9b4", "#4f8a86", "#1d3b4a", "#fff3c9", "#e4572e")
DUSK = Palette("#f2a65a", "#fbe3b5", "#d17a6b", "#8a4b6b", "#3a2048", "#fff0c2", "#f25c54")
NIGHT = Palette("#16204a", "#3b4d8f", "#2c3c72", "#1c2a58", "#0b1130", "#ffd166", "#f0503c")
SPRING = Palette("#fdf1e3", "#f9d8d6", "#b9dcb4", "#6fae86", "#2d5a4a", "#fff7e0", "#ef5d60")
LAGOON = Palette("#bfe8e4", "#fdf6e0", "#6fbfc0", "#2f8b98", "#134457", "#fffbe6", "#f08a24")
NEON = Palette("#241246", "#5a2a7a", "#3c2370", "#1f1548", "#0c0824", "#ffe27a", "#f0387a")
RUST = Palette("#f5e3c3", "#f7efdc", "#d9b384", "#a9683f", "#4a2a1c", "#fff8e6", "#1f5a73")
