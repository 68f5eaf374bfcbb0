"""Compiled templates are kept, and nothing hangs on their being kept."""

from pathlib import Path

import pytest
from jinja2 import Environment

from app.foundation.web.static import StaticFiles
from app.foundation.web.templates import Templates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "templates"
    made.mkdir()
    (made / "word.html").write_text("<p>{{ word }}</p>")
    return made


def rendered(folder: Path, kept: Path) -> str:
    templates = Templates(StaticFiles(), folder, compiled=kept)
    return templates.environment.get_template("word.html").render(word="<Akira>")


def test_the_next_process_compiles_nothing_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rendered(folder, tmp_path / "kept")

    monkeypatch.setattr(Environment, "compile", None)

    assert rendered(folder, tmp_path / "kept") == first == "<p>&lt;Akira&gt;</p>"


def test_a_changed_template_is_compiled_again(folder: Path, tmp_path: Path) -> None:
    rendered(folder, tmp_path / "kept")
    (folder / "word.html").write_text("<b>{{ word }}</b>")

    assert rendered(folder, tmp_path / "kept") == "<b>&lt;Akira&gt;</b>"


@pytest.mark.parametrize("damage", [b"", b"no bytecode", None])
def test_what_is_damaged_is_made_anew(folder: Path, tmp_path: Path, damage: bytes | None) -> None:
    rendered(folder, tmp_path / "kept")
    for file in (tmp_path / "kept").iterdir():
        file.write_bytes(file.read_bytes()[:40] if damage is None else damage)

    assert rendered(folder, tmp_path / "kept") == "<p>&lt;Akira&gt;</p>"


def test_a_disk_that_takes_nothing_costs_time_only(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")

    assert rendered(folder, tmp_path / "kept") == "<p>&lt;Akira&gt;</p>"
