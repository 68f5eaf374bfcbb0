"""What is committed in static/dist and static/vendor is what it says it is, and small."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
from functools import cache

import brotli
import pytest
from jinja2 import Environment, nodes

from app.foundation.web.static import DIST, StaticFiles
from tests.frontend.built import STATIC, built

TEMPLATES = STATIC.parent / "templates"
SCREEN, READER = 35 * 1024, 20 * 1024
API_DOCS = "api/"  # two large programs of others, for programmers


@cache
def tree_of(template: str) -> nodes.Template:
    jinja = Environment(extensions=["jinja2.ext.i18n"])
    return jinja.parse((TEMPLATES / template).read_text())


@cache
def code_of(template: str, instead: frozenset[str] = frozenset()) -> set[str]:
    """What a screen may load: its own files, those of its parts, and of its layout where no block
    of the screen stands instead."""
    tree = tree_of(template)
    own = [block for block in tree.find_all(nodes.Block) if block.name not in instead]
    left_out = {
        id(node)
        for block in tree.find_all(nodes.Block)
        if block.name in instead
        for node in block.find_all(nodes.Node)
    }
    found = set()
    for node in tree.find_all((nodes.Call, nodes.Include, nodes.Extends)):
        if id(node) in left_out:
            continue
        if isinstance(node, nodes.Call):
            found |= _static(node)
        elif isinstance(node.template, nodes.Const):
            hides = instead | {block.name for block in own}
            found |= code_of(
                node.template.value, hides if isinstance(node, nodes.Extends) else instead
            )
    return found


def _static(call: nodes.Call) -> set[str]:
    if not isinstance(call.node, nodes.Name) or call.node.name != "static":
        return set()
    assert isinstance(call.args[0], nodes.Const), "a screen names its files"
    name = str(call.args[0].value)
    return {name} if name.endswith((".js", ".css")) else set()


def screens() -> list[str]:
    names = [str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")]
    return [name for name in names if re.search(r"{%-? extends", (TEMPLATES / name).read_text())]


@cache
def packed_size(name: str) -> int:
    return len(gzip.compress(built(name).read_bytes(), 9))


def test_scripts_and_styles_of_each_screen_stay_within_35_kb_and_of_the_reader_20() -> None:
    heavy = {}
    for screen in [name for name in screens() if not name.startswith(API_DOCS)]:
        code = code_of(screen)
        size = sum(map(packed_size, code))
        if size > (READER if "css/reader.css" in code else SCREEN):
            heavy[screen] = size

    assert heavy == {}


def test_every_script_is_loaded_by_some_screen() -> None:
    loaded = set[str]().union(*map(code_of, screens()))

    assert {name for name in StaticFiles().names if name.endswith((".js", ".css"))} == loaded


def test_vendored_files_are_the_ones_we_checked() -> None:
    folder = STATIC / "vendor"
    listed = dict(line.split()[::-1] for line in (folder / "CHECKSUMS").read_text().splitlines())

    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.suffix in (".js", ".css")
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


def packed() -> list[str]:
    """All but pictures that are packed as they are."""
    return [name for name in StaticFiles().names.values() if not name.endswith(".png")]


def test_packed_files_hold_the_same_bytes() -> None:
    for name in packed():
        plain = (DIST / name).read_bytes()
        assert gzip.decompress((DIST / f"{name}.gz").read_bytes()) == plain
        assert brotli.decompress((DIST / f"{name}.br").read_bytes()) == plain


def test_nothing_is_left_over_from_earlier_builds() -> None:
    names = set(StaticFiles().names.values())
    packs = {f"{name}{ending}" for name in packed() for ending in (".gz", ".br")}
    expected = {"manifest.json", *names, *packs}

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
