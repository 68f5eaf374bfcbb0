"""How somebody likes to read. Each value may be set for a series, for a device, or for always; the
nearest counts. No I/O."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Literal

import msgspec

from app.reading.views import Layout, Mode, Wide

type Values = Mapping[str, Any]
"""Some of the settings by name, as JSON holds them."""


class Scope(StrEnum):
    """The nearest first."""

    SERIES = "series"
    DEVICE = "device"
    ALWAYS = "always"


class Origin(StrEnum):
    """Where a value comes from: a scope, the kind of device, or what Bunko does by itself."""

    SERIES = "series"
    DEVICE = "device"
    PROFILE = "profile"
    ALWAYS = "always"
    BUNKO = "bunko"


class Scale(StrEnum):
    SCREEN = "screen"
    WIDTH = "width"
    SHRINK_WIDTH = "shrink-width"
    HEIGHT = "height"
    ORIGINAL = "original"


class Background(StrEnum):
    THEME = "theme"
    BLACK = "black"
    GREY = "grey"
    PAPER = "paper"
    WHITE = "white"


class Taps(StrEnum):
    """Which parts of the page turn it."""

    LEFT_RIGHT = "left-right"
    L_SHAPED = "l-shaped"
    KINDLE = "kindle"
    EDGE = "edge"
    RIGHT_AND_LEFT = "right-and-left"
    DISABLED = "disabled"


class Quality(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


type Width = Literal["screen", "original", "720", "1080", "1440", "1920"]
"""What images are made smaller to; never larger than they are."""
type Contrast = Literal[75, 100, 125, 150, 200]
type Gamma = Literal[50, 70, 100, 140, 200]
"""Both in per cent, as `images.recipe` knows them."""


type Padding = Literal[0, 5, 10, 15, 20, 25, 30, 40]
"""Per cent of the screen left free on either side of a strip."""
type Margin = Literal[0, 4, 8, 16, 24, 32, 48, 64, 96]
"""Pixels between the pages of a continuous strip."""
type Speed = Literal[1, 2, 3, 4, 5, 6, 8, 10]
type Ahead = Literal[0, 1, 2, 3, 5, 8, 10]
type Behind = Literal[0, 1, 2, 3]
type Refresh = Literal[0, 1, 3, 6, 10, 20]


class ReaderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, with what Bunko does where nobody says otherwise. `mode` None asks the series."""

    mode: Mode | None = None
    layout: Layout = Layout.SINGLE
    shift: bool = False
    wide: Wide = Wide.ALONE
    half_steps: bool = False
    scale: Scale = Scale.SCREEN
    background: Background = Background.THEME
    side_padding: Padding = 0
    page_margin: Margin = 16
    scroll_speed: Speed = 3
    taps: Taps = Taps.LEFT_RIGHT
    invert_taps: bool = False
    width: Width = "screen"
    quality: Quality = Quality.MEDIUM
    data_saver: bool = False
    crop: bool = False
    grey: bool = False
    dither: bool = False
    invert: bool = False
    contrast: Contrast = 100
    gamma: Gamma = 100
    ahead: Ahead = 5
    behind: Behind = 1
    refresh_every: Refresh = 0
    incognito: bool = False


FIELDS = {field.name: field for field in msgspec.structs.fields(ReaderSettings)}


class Resolved(msgspec.Struct, frozen=True):
    settings: ReaderSettings
    origins: Mapping[str, Origin]


def resolve(layers: Iterable[tuple[Origin, Values]]) -> Resolved:
    """The nearest layer that names a value wins; what is stored and no longer understood is passed
    over, because a setting must never keep anybody from reading."""
    values: dict[str, Any] = {}
    origins = dict.fromkeys(FIELDS, Origin.BUNKO)
    for origin, layer in layers:
        for name, value in known(layer).items():
            if name not in values:
                values[name], origins[name] = value, origin
    return Resolved(ReaderSettings(**values), origins)


def known(layer: Values) -> dict[str, Any]:
    """What of a stored layer is a setting with a value it may have."""
    found = {}
    for name, value in layer.items():
        field = FIELDS.get(name)
        if field is None or value is None:
            continue
        try:
            found[name] = msgspec.convert(value, field.type)
        except msgspec.ValidationError:
            continue
    return found


def changed(layer: Values, given: Values) -> dict[str, Any]:
    """The layer to be stored after `given` was said; None there takes a value away."""
    together = {**known(layer), **given}
    kept = {name: value for name, value in together.items() if value is not None}
    return {name: msgspec.to_builtins(kept[name]) for name in FIELDS if name in kept}
