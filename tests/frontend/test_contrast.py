"""Every theme can be read: contrast by WCAG 2.2, 1.4.3 (text) and 1.4.11 (controls)."""

import re
from itertools import product

import pytest

from tests.frontend.built import STATIC

THEMES = ("light", "dark", "sepia", "e-ink")
TEXTS = ("ink", "ink-soft", "accent", "good", "warn", "bad")
GROUNDS = ("surface", "raised")
TOKENS = {*TEXTS, *GROUNDS, "line", "control", "accent-ink", "surface-reader"}


def tokens(theme: str) -> dict[str, str]:
    text = (STATIC / "css/tokens.css").read_text()
    block = re.search(rf'\[data-theme="{theme}"\] \{{(.*?)\}}', text, re.S)
    assert block
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block.group(1)))


def reader_tokens() -> dict[str, str]:
    text = (STATIC / "css/reader_parts.css").read_text()
    block = re.search(r"^\.reader \{(.*?)\}", text, re.S | re.M)
    assert block
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block.group(1)))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_defines_every_token(theme: str) -> None:
    assert tokens(theme).keys() >= TOKENS


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_every_ground(theme: str) -> None:
    colours = tokens(theme)
    grounds = GROUNDS if theme == "e-ink" else (*GROUNDS, "line")

    for text, ground in product(TEXTS, grounds):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["accent-ink"], colours["accent"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_inverted_words_can_be_read(theme: str) -> None:
    colours = tokens(theme)

    for ground in ("ink", "bad"):
        assert contrast(colours["surface"], colours[ground]) >= 4.5, ground


@pytest.mark.parametrize("theme", THEMES)
def test_controls_stand_out(theme: str) -> None:
    colours = tokens(theme)

    for ground in GROUNDS:
        assert contrast(colours["control"], colours[ground]) >= 3, ground
        assert contrast(colours["accent"], colours[ground]) >= 3, ground


def test_the_bars_of_the_reader_can_be_read() -> None:
    colours = reader_tokens()

    for text, ground in product(TEXTS, GROUNDS):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["control"], colours["surface"]) >= 3


def test_a_device_that_prefers_dark_gets_the_dark_theme() -> None:
    text = (STATIC / "css/tokens.css").read_text()
    automatic = re.search(r":root:not\(\[data-theme\]\) \{(.*?)\}", text, re.S)

    assert automatic
    assert dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", automatic.group(1))) == tokens("dark")
