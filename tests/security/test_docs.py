"""What is published about security stays true (requirement 58)."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))


def _ids() -> list[str]:
    return sorted(set(re.findall(r"`test_(SEC\d+)_…`", PAGE)))


def test_SEC58_the_threat_model_and_the_way_to_report_are_published() -> None:
    assert "## Whom we think of" in PAGE and "Not defended against" in PAGE
    assert "docs/security.md" in (ROOT / "README.md").read_text()
    assert "privately" in (ROOT / "SECURITY.md").read_text()
    assert "SECURITY.md" in PAGE


@pytest.mark.parametrize("name", _ids())
def test_SEC58_each_promise_names_tests_that_exist(name: str) -> None:
    assert f"def test_{name}_" in TESTS


def test_SEC58_the_line_for_fail2ban_is_the_line_that_is_written() -> None:
    [pattern] = re.findall(r"^failregex = (.+)$", PAGE, re.MULTILINE)
    [example] = re.findall(r"^\d\d:\d\d:\d\d .*sign-in refused.*$", PAGE, re.MULTILINE)

    assert re.search(pattern.replace("<HOST>", r"(?P<host>\S+)"), example)
    assert '"sign-in refused"' in (ROOT / "app/auth/events.py").read_text()
