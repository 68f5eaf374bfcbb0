"""`make test-night` and `make test-release`: the heavier proof, written down in docs/test-report.md.

The report says which commit, when, how long, how many, and every failure by name. It is written
whatever the outcome, and the exit code is that of the tests. `PYTEST_ADDOPTS` may choose a part of it,
or two processes (`-n 2 --dist loadgroup`): the report says so.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
REPORT = HERE / "docs" / "test-report.md"
RESULTS = HERE / ".cache" / "night.xml"


def main(marker: str) -> int:
    RESULTS.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", marker, "-p", "no:cacheprovider",
         "--timeout", "900", f"--junitxml={RESULTS}"],
        cwd=HERE,
    ).returncode  # fmt: skip
    REPORT.write_text(report(marker, time.monotonic() - began, code))
    print(f"Written: {REPORT.relative_to(HERE)}")
    return code


def report(marker: str, seconds: float, code: int) -> str:
    cases = list(ET.parse(RESULTS).getroot().iter("testcase")) if RESULTS.exists() else []
    failed = [case for case in cases if case.find("failure") is not None or _broke(case)]
    skipped = [case for case in cases if case.find("skipped") is not None]
    lines = [
        f"# Test report: {marker}",
        "",
        f"- commit: {_git('rev-parse', '--short', 'HEAD')}{_unclean()}",
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- duration: {seconds:.0f} s",
        f"- tests: {len(cases)}, failed: {len(failed)}, skipped: {len(skipped)}",
        f"- exit code: {code}",
        *([f"- options: `{options}`"] if (options := os.environ.get("PYTEST_ADDOPTS")) else []),
        "",
        *_table("Failed", failed),
        *_table("Skipped", skipped),
        *_table("Passed", [case for case in cases if case not in failed and case not in skipped]),
    ]
    return "\n".join(lines) + "\n"


def _table(title: str, cases: list[ET.Element]) -> list[str]:
    if not cases:
        return []
    rows = [
        f"| {case.get('classname', '').removeprefix('tests.')} | {case.get('name')} "
        f"| {float(case.get('time', 0)):.1f} |"
        for case in cases
    ]
    return [f"## {title}", "", "| where | test | s |", "|---|---|---|", *rows, ""]


def _broke(case: ET.Element) -> bool:
    return case.find("error") is not None


def _unclean() -> str:
    return " with uncommitted changes" if _git("status", "--porcelain", "-uno") else ""


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=HERE, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "night"))
