"""Kinds of devices: what is known of their screens, and what reads well on them. No I/O."""

from enum import StrEnum
from typing import Any

import msgspec

from app.foundation.security.text import clean_line


class Profile(StrEnum):
    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"
    E_INK_600 = "e-ink-600"
    E_INK_758 = "e-ink-758"
    E_INK_1072 = "e-ink-1072"
    TV = "tv"

    @property
    def is_e_ink(self) -> bool:
        return self.value.startswith("e-ink")


class Screen(msgspec.Struct, frozen=True):
    """In device pixels, as the device is usually held; 0 × 0 where it may be any."""

    width: int = 0
    height: int = 0

    @property
    def is_portrait(self) -> bool:
        return self.height > self.width


SCREENS = {
    Profile.PHONE: Screen(1080, 2340),
    Profile.TABLET: Screen(1440, 1920),
    Profile.DESKTOP: Screen(),
    Profile.E_INK_600: Screen(600, 800),
    Profile.E_INK_758: Screen(758, 1024),
    Profile.E_INK_1072: Screen(1072, 1448),
    Profile.TV: Screen(1920, 1080),
}
_E_INK: dict[str, Any] = {
    "background": "white",
    "wide": "split",
    "crop": True,
    "grey": True,
    "dither": True,
    "ahead": 2,
    "refresh_every": 6,
}
_SETTINGS: dict[Profile, dict[str, Any]] = {
    Profile.PHONE: {"ahead": 2},
    Profile.TABLET: {},
    Profile.DESKTOP: {},
    Profile.E_INK_600: _E_INK,
    Profile.E_INK_758: _E_INK,
    Profile.E_INK_1072: _E_INK,
    Profile.TV: {"layout": "double-cover"},
}
_READERS = (
    "Kindle",
    "Kobo",
    "Tolino",
    "tolino",
    "PocketBook",
    "BOOX",
    "Onyx",
    "reMarkable",
    "Nook",
)
_TELEVISIONS = ("SmartTV", "SMART-TV", "Smart TV", "Tizen", "Web0S", "GoogleTV", "AppleTV", "AFT")
_TABLETS = ("iPad", "Tablet", "Silk/")
MOST_PIXELS = 16_384
LONGEST_NAME = 60


def settings_of(profile: Profile) -> dict[str, Any]:
    """What suits such a device, unless the person says otherwise."""
    return _SETTINGS[profile]


def suggested(user_agent: str, screen: Screen | None = None) -> Profile:
    """By what the browser calls itself; e-ink readers by the nearest width, if it is known."""
    if _names(_READERS, user_agent):
        return _nearest_e_ink(screen)
    if _names(_TELEVISIONS, user_agent):
        return Profile.TV
    is_android_tablet = "Android" in user_agent and "Mobi" not in user_agent
    if _names(_TABLETS, user_agent) or is_android_tablet:
        return Profile.TABLET
    return Profile.PHONE if "Mobi" in user_agent else Profile.DESKTOP


def screen_of(profile: Profile, measured: Screen | None) -> Screen:
    """What the device itself said of its screen, where it ever did."""
    if measured and measured.width and not profile.is_e_ink:
        return measured
    return SCREENS[profile]


def is_too_narrow_for_two(profile: Profile, screen: Screen) -> bool:
    """Phones and readers are held upright; a tablet shows what its person asks of it."""
    return screen.is_portrait and (profile is Profile.PHONE or profile.is_e_ink)


def checked_name(name: str) -> str:
    return clean_line(name, LONGEST_NAME)


def _nearest_e_ink(screen: Screen | None) -> Profile:
    if screen is None or not screen.width:
        return Profile.E_INK_758
    shorter = min(screen.width, screen.height)
    readers = [profile for profile in Profile if profile.is_e_ink]
    return min(readers, key=lambda profile: abs(SCREENS[profile].width - shorter))


def _names(words: tuple[str, ...], user_agent: str) -> bool:
    return any(word in user_agent for word in words)
