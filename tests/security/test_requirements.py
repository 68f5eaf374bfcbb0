"""Requirement 75: every id of the security requirements has a test or a line that says when."""

import re
import tomllib
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
LATER = TESTS / "security_later.toml"
IDS = range(1, 76)
WHEN = ("3", "4", "5", "6", "7", "later")


def _tested() -> set[int]:
    found: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        found |= {int(number) for number in re.findall(r"def test_SEC(\d+)_", path.read_text())}
    return found


def _later() -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = tomllib.loads(LATER.read_text())["later"]
    return lines


def test_SEC75_every_requirement_has_a_test_or_says_why_and_when() -> None:
    missing = set(IDS) - _tested() - {line["id"] for line in _later()}

    assert missing == set()


def test_SEC75_nothing_is_put_off_that_is_tested_already() -> None:
    both = {line["id"] for line in _later() if not line.get("part")} & _tested()

    assert both == set()


def test_SEC75_every_line_says_why_and_when_once() -> None:
    lines = _later()
    ids = [line["id"] for line in lines]

    assert ids == sorted(set(ids))
    assert set(ids) <= set(IDS)
    for line in lines:
        assert len(line["why"]) > 20 and line["when"] in WHEN, line


def test_SEC75_tests_name_only_requirements_that_exist() -> None:
    assert _tested() <= set(IDS)
