"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
APP = HERE / "app"
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
BLANKET = {
    "foundation/queue/worker.py",  # the job runner
    "foundation/web/front_door.py",  # the last resort of the web
    "foundation/embedded/child.py",  # and of a forked process, whose last words go to the launcher
    "foundation/archives/sandbox_child.py",  # and of a sandbox, which must answer for every task
    "providers/answers.py",  # and of a driver, which may be somebody else's
}


@cache
def sources() -> list[Path]:
    return sorted(APP.rglob("*.py"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_a_few_screens():
    long = {
        str(path.relative_to(HERE)): lines
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }

    assert long == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path.relative_to(HERE)}:{node.lineno} {node.name}"
        for path in sources()
        for node in functions(path)
        if (node.end_lineno or 0) - node.body[0].lineno + 1 > LONGEST_FUNCTION
    ]

    assert long == []


def test_only_the_job_runner_and_the_last_resort_catch_everything():
    blanket = {
        str(path.relative_to(APP))
        for path in sources()
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or "Exception" in ast.unparse(node.type).split(", "))
    }

    assert blanket <= BLANKET


@pytest.mark.parametrize(
    "word", ["TODO", "FIXME", "XXX", "NotImplementedError", "../shared", "/work/"]
)
def test_nothing_is_left_open_and_nothing_outside_is_named(word):
    found = subprocess.run(
        ["git", "grep", "-lF", word, "--", "app", "templates", "static/js", "migrations", "deploy",
         "bench", "docs", "*.md", "Makefile"],
        cwd=HERE, capture_output=True, text=True,
    )  # fmt: skip

    assert found.stdout == ""


def test_types_are_imported_for_real():
    """Litestar reads annotations at run time: a name under TYPE_CHECKING fails at start."""
    offenders = [
        path
        for path in APP.rglob("*routes.py")
        if re.search(r"\bTYPE_CHECKING\b", path.read_text())
    ]

    assert offenders == []


def test_handlers_never_commit():
    """The request commits once, before its answer leaves (`foundation/web/database.py`)."""
    offenders = [
        str(path.relative_to(HERE))
        for path in APP.rglob("*routes.py")
        if ".commit()" in path.read_text()
    ]

    assert offenders == []


def test_only_render_looks_at_htmx_headers():
    pattern = re.compile(r"hx-request|HX-Request|request\.htmx", re.IGNORECASE)
    offenders = {
        str(path.relative_to(APP)) for path in sources() if pattern.search(path.read_text())
    }

    assert offenders <= {"foundation/web/render.py", "foundation/web/errors.py"}


def test_every_room_stands_in_the_architecture():
    told = (HERE / "ARCHITECTURE.md").read_text()
    rooms = [
        room.name for room in APP.iterdir() if (room / "__init__.py").exists() and room.is_dir()
    ]

    assert [room for room in rooms if f"`{room}" not in told] == []
