"""The people of the sample series, and the palettes their stories are drawn in."""

from app.demo.palettes import (
    DUSK,
    GREY,
    GREY_NIGHT,
    NEON,
    NIGHT,
    RUST,
    SPRING,
)
from app.demo.people import Person
from app.demo.shots import Style

INKY, ASH, SNOW = "#1a1a1a", "#6e6e6e", "#dcdcdc"
NAMI = Person("long", INKY, "#3d3d3d", collar="sailor")
SHUN = Person("short", ASH, "#e4e4e4", collar="coat")
GRAN = Person("bun", SNOW, "#8c8c8c", glasses=True)
KEEPER = Person("cap", ASH, "#4a4a4a", collar="coat")
MINA = Person("bob", INKY, "#d6d6d6", collar="scarf")
TARO = Person("short", INKY, "#5c5c5c")
ADA = Person("tail", "#8e8e8e", "#f0f0f0", collar="coat", glasses=True)
JUN = Person("bob", "#b8b8b8", "#2c2c2c", collar="sailor")
HARU = Person("tail", "#8a4b2a", "#f2b84b", collar="scarf")
DOYUN = Person("short", "#17161a", "#4f9dd6")
BORI = Person("bun", "#5b3a5e", "#ef8fa0", collar="round", glasses=True)
WEI = Person("short", "#6a3428", "#e8503c", collar="coat")
LAN = Person("long", "#4a3a86", "#2ec4b6")
CLEO = Person("bob", "#c2512f", "#22577a", "#f3c9a8", collar="coat")
OTTO = Person("cap", "#3a2757", "#7a5a3a", "#ffe0c8", collar="scarf")
JUNE = Person("tail", "#c4452e", "#2d5a4a", "#f6d2b4", collar="scarf")
MILO = Person("short", "#2a1f1a", "#e8b04a", "#c98f62", collar="coat")


def grey(language: str, cast: tuple[Person, ...], *places: str, rtl: bool = True) -> Style:
    return Style(language, cast, places, GREY, GREY_NIGHT, rtl=rtl)


TIDAL = grey("ja", (NAMI, SHUN, GRAN), "library", "sea", "window", "street")
SEVEN_LIES = grey("en", (MINA, KEEPER), "sea", "night", "window", "mountains")
PYLONS = grey("en", (JUN, TARO), "street", "rain", "mountains", "skyline")
SIGNAL = grey("en", (NAMI, ADA, TARO), "skyline", "sea", "counter", "night", rtl=False)
BAKERY = grey("ja", (MINA, TARO, GRAN), "counter", "night", "street", "window")
EBBE = grey("de", (ADA, KEEPER, GRAN), "window", "sea", "street", "library", rtl=False)
CAT = grey("ru", (ADA, SHUN), "night", "window", "library", "mountains", rtl=False)
GENTIAN = grey("ja", (JUN, SHUN, NAMI), "mountains", "forest", "window", "street")
RAIN = grey("ar", (MINA, GRAN, TARO), "library", "rain", "sea", "street")
PLATFORM = grey("ja", (TARO, JUN), "train", "street", "night", "skyline")
POLARIS = grey("en", (ADA, KEEPER, MINA), "counter", "night", "skyline", "street")
MENDING = grey("ko", (MINA, GRAN), "window", "night", "street", "counter", rtl=False)
TURBINE = grey("en", (JUN, NAMI, SHUN), "mountains", "sea", "train", "skyline")
WHALE = grey("en", (TARO, MINA), "street", "sea", "rain", "train")
STOP = Style(
    "ko", (HARU, DOYUN, BORI), ("street", "rain", "window", "forest"), SPRING, DUSK, False, False
)
MARKET = Style("zh-Hant", (WEI, LAN), ("street", "night", "counter", "skyline"), NIGHT, NEON, False)
TRAMWAY = Style(
    "fr", (CLEO, OTTO), ("train", "street", "skyline", "window"), DUSK, NIGHT, False, False, True
)
GHOSTS = Style(
    "en", (JUNE, MILO), ("skyline", "library", "rain", "forest"), RUST, NEON, False, False, True
)
