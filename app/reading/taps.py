"""Which parts of the page turn it, and which way. No I/O."""

import msgspec

from app.reading.reader_settings import Taps


class Zone(msgspec.Struct, frozen=True):
    """`area` is where it lies (`.zone-…` of the style sheet); `is_double` repeats another zone that
    is reached by the keyboard already."""

    area: str
    is_next: bool
    is_double: bool = False


_BY_SIDE = {Taps.LEFT_RIGHT: ("left", "right"), Taps.RIGHT_AND_LEFT: ("left-third", "right-third")}
_BY_ORDER = {
    Taps.L_SHAPED: (
        Zone("top", False),
        Zone("middle-left", False, True),
        Zone("middle-right", True, True),
        Zone("bottom", True),
    ),
    Taps.KINDLE: (Zone("low-left", False), Zone("low-right", True)),
    Taps.EDGE: (
        Zone("left-third", True),
        Zone("right-third", True, True),
        Zone("bottom-middle", False),
    ),
    Taps.DISABLED: (),
}


def zones_of(taps: Taps, *, is_rtl: bool, is_inverted: bool) -> list[Zone]:
    if taps in _BY_SIDE:
        left, right = _BY_SIDE[taps]
        zones = [Zone(left, is_rtl), Zone(right, not is_rtl)]
    else:
        zones = list(_BY_ORDER[taps])
    if is_inverted:
        zones = [msgspec.structs.replace(zone, is_next=not zone.is_next) for zone in zones]
    return zones
