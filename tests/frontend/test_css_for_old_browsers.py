"""The built style sheets must not lose a rule in a browser from 2017 (iOS 10.3, Chrome 61)."""

import re

import pytest
import tinycss2

from tests.frontend.built import SHEETS, built, declarations, selector, sheet_rules

NEW_FUNCTIONS = ("oklch(", "oklab(", "color-mix(", "light-dark(", "clamp(", "min(", "max(")
NEW_AT_RULES = {"layer", "property", "container", "scope", "starting-style", "supports"}
NEW_PROPERTIES = {
    "inset",
    "inset-inline",
    "margin-inline",
    "padding-inline",
    "margin-block",
    "padding-block",
    "place-items",
    "translate",
    "rotate",
    "scale",
}
# Rules of Tailwind's own reset that only polish browsers which know these selectors.
RESET = re.compile(r"abbr:where|:-moz-focusring|optgroup|:where\(|::-webkit|::file-selector")


def own_rules(name: str) -> list[tinycss2.ast.QualifiedRule]:
    """Qualified rules written by us: they name a class, a theme or one of our custom properties."""
    found = [rule for rule in sheet_rules(name) if rule.type == "qualified-rule"]
    return [rule for rule in found if not RESET.search(selector(rule))]


@pytest.mark.parametrize("name", SHEETS)
def test_no_at_rule_hides_rules_from_old_browsers(name: str) -> None:
    used = {rule.lower_at_keyword for rule in sheet_rules(name) if rule.type == "at-rule"}

    # What is animated only goes without where keyframes are not known.
    assert used <= {"media", "keyframes"}
    assert not used & NEW_AT_RULES


@pytest.mark.parametrize("name", SHEETS)
def test_no_value_needs_a_newer_browser(name: str) -> None:
    text = re.sub(r"minmax\(", "", built(name).read_text())

    assert [
        function for function in NEW_FUNCTIONS if re.search(rf"[:,\s]{re.escape(function)}", text)
    ] == []


@pytest.mark.parametrize("name", SHEETS)
def test_our_selectors_are_understood_by_old_browsers(name: str) -> None:
    new = re.compile(r":has\(|:is\(|:where\(|:not\([^()]*,|&")

    assert [selector(rule) for rule in own_rules(name) if new.search(selector(rule))] == []


@pytest.mark.parametrize("name", SHEETS)
def test_a_rule_is_not_lost_because_it_shares_a_selector_with_a_new_one(name: str) -> None:
    shared = [
        selector(rule)
        for rule in own_rules(name)
        if ":focus-visible" in selector(rule)
        and "," in selector(rule)
        and selector(rule) != ":focus-visible"
    ]

    assert shared == []


@pytest.mark.parametrize("name", SHEETS)
def test_no_rule_is_nested(name: str) -> None:
    nested = [
        selector(rule)
        for rule in own_rules(name)
        if any(node.type == "{} block" for node in rule.content)
    ]

    assert nested == []


@pytest.mark.parametrize("name", SHEETS)
def test_space_in_flex_boxes_is_made_of_margins(name: str) -> None:
    using_gap = [
        selector(rule)
        for rule in own_rules(name)
        if {"gap", "row-gap", "column-gap"} & declarations(rule).keys()
    ]

    assert using_gap == []


@pytest.mark.parametrize("name", SHEETS)
def test_boxes_keep_their_shape_without_aspect_ratio(name: str) -> None:
    using_ratio = [
        selector(rule)
        for rule in own_rules(name)
        if "aspect-ratio" in declarations(rule) and "padding-top" not in declarations(rule)
    ]

    assert using_ratio == []


@pytest.mark.parametrize("name", SHEETS)
def test_no_property_is_newer_than_the_browsers(name: str) -> None:
    found = {
        key: selector(rule)
        for rule in own_rules(name)
        for key in declarations(rule)
        if key in NEW_PROPERTIES
    }

    assert found == {}


def test_every_component_class_of_the_reader_is_in_its_one_sheet() -> None:
    text = built("css/reader.css").read_text()

    for name in (
        ".reader-shell",
        ".stage",
        ".zone",
        ".end-next",
        ".btn-primary",
        ".select",
        ".bar",
        ".cover",
    ):
        assert name in text


@pytest.mark.parametrize("name", SHEETS)
def test_a_device_may_be_held_either_way(name: str) -> None:
    """What axe calls css-orientation-lock: nothing is turned because the device is."""
    held = [
        tinycss2.serialize(rule.content)
        for rule in sheet_rules(name)
        if rule.type == "at-rule" and "orientation" in tinycss2.serialize(rule.prelude)
    ]

    assert not [rules for rules in held if "rotate" in rules or "matrix" in rules]
