"""What is committed in static/dist and static/vendor is what it says it is, and small."""

import gzip
import hashlib
import json
import re
import subprocess
import sys

import brotli
import pytest

from app.foundation.web.static import DIST, StaticFiles
from tests.frontend.built import STATIC, built

SCREEN = ("css/app.css", "vendor/htmx-4.0.1.min.js")
READER = ("css/reader.css",)


def packed_size(names: tuple[str, ...]) -> int:
    return sum(len(gzip.compress(built(name).read_bytes(), 9)) for name in names)


def script_names() -> tuple[str, ...]:
    return tuple(name for name in StaticFiles().names if name.startswith("js/"))


def test_scripts_and_styles_of_a_screen_stay_within_35_kb() -> None:
    assert packed_size(SCREEN + script_names()) <= 35 * 1024


def test_scripts_and_styles_of_the_reader_stay_within_20_kb() -> None:
    assert packed_size(READER + tuple(n for n in script_names() if "reader" in n)) <= 20 * 1024


def test_vendored_files_are_the_ones_we_checked() -> None:
    folder = STATIC / "vendor"
    listed = dict(line.split()[::-1] for line in (folder / "CHECKSUMS").read_text().splitlines())

    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.js")
    }

    assert found == listed


def test_every_vendored_script_comes_with_its_licence() -> None:
    for path in (STATIC / "vendor").glob("*.min.js"):
        assert path.with_name(path.name.replace(".min.js", ".LICENSE.txt")).is_file()


def test_names_carry_the_hash_of_their_content() -> None:
    for name in StaticFiles().names.values():
        digest = re.search(r"\.([0-9a-f]{12})\.", name)
        assert digest
        assert hashlib.sha256((DIST / name).read_bytes()).hexdigest().startswith(digest.group(1))


def test_packed_files_hold_the_same_bytes() -> None:
    for name in StaticFiles().names.values():
        plain = (DIST / name).read_bytes()
        assert gzip.decompress((DIST / f"{name}.gz").read_bytes()) == plain
        assert brotli.decompress((DIST / f"{name}.br").read_bytes()) == plain


def test_nothing_is_left_over_from_earlier_builds() -> None:
    names = set(StaticFiles().names.values())
    expected = {"manifest.json", *names, *(f"{n}.gz" for n in names), *(f"{n}.br" for n in names)}

    assert {path.name for path in DIST.iterdir()} == expected


def test_build_tools_are_pinned_exactly_and_locked() -> None:
    wanted = json.loads((STATIC / "package.json").read_text())["devDependencies"]
    locked = json.loads((STATIC / "package-lock.json").read_text())["packages"]

    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")


@pytest.mark.processes
def test_the_committed_build_is_what_its_sources_make() -> None:
    made = subprocess.run(
        [sys.executable, "deploy/build_css.py", "--check"],
        cwd=STATIC.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == 0, made.stderr
