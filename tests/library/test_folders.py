"""Folders are chosen inside the offered roots only, and a refusal tells nothing of others."""

from pathlib import Path

import pytest

from app.config import Settings
from app.errors import Invalid
from app.library.folders import checked_folder, look_into


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "shelves" / "manga").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    return Settings(data_dir=tmp_path / "data", library_roots=(tmp_path / "shelves",))


def test_a_folder_inside_an_offered_root_is_taken(settings, tmp_path):
    assert checked_folder(f"{tmp_path}/shelves/manga/", settings) == tmp_path / "shelves/manga"


@pytest.mark.parametrize(
    "path",
    ["", "manga", "../elsewhere", "{top}/elsewhere", "{top}/shelves/../elsewhere", "/etc", "/proc/1",
     "{top}/shelves/nul\0", "{top}/shelves/absent", "{top}/shelves/file", "~root/..", "{top}"],
)  # fmt: skip
def test_SEC38_any_other_path_is_refused_in_one_sentence(settings, tmp_path, path):
    (tmp_path / "shelves" / "file").write_text("no folder")

    with pytest.raises(Invalid) as refusal:
        checked_folder(path.format(top=tmp_path), settings)

    assert refusal.value.message.endswith(".")


def test_SEC38_a_refusal_does_not_tell_what_exists_outside(settings, tmp_path):
    refusals = []
    for name in ("elsewhere", "nowhere"):
        with pytest.raises(Invalid) as refusal:
            checked_folder(f"{tmp_path}/{name}", settings)
        refusals.append(refusal.value.message)

    assert refusals[0] == refusals[1]


def test_SEC38_a_link_does_not_lead_out(settings, tmp_path):
    (tmp_path / "shelves" / "door").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Invalid, match="outside"):
        checked_folder(f"{tmp_path}/shelves/door", settings)


def test_bunkos_own_data_is_no_library(tmp_path):
    settings = Settings(data_dir=tmp_path / "data", library_roots=(tmp_path,))
    (tmp_path / "data" / "covers").mkdir(parents=True)

    with pytest.raises(Invalid, match="own data"):
        checked_folder(f"{tmp_path}/data/covers", settings)
    with pytest.raises(Invalid, match="own data"):
        checked_folder(str(tmp_path), settings)


def test_a_home_with_bunkos_own_data_in_it_is_the_way_to_other_folders(tmp_path):
    settings = Settings(data_dir=tmp_path / "data", library_roots=(tmp_path,))
    for name in ("data", "manga"):
        (tmp_path / name).mkdir()

    home = look_into(str(tmp_path), settings)

    assert [folder.name for folder in home.folders] == ["manga"]
    assert not home.usable
    assert look_into(str(tmp_path / "manga"), settings).usable


def test_the_picker_shows_folders_in_order_and_no_way_above_the_root(settings, tmp_path):
    for name in ("b", "A", ".hidden"):
        (tmp_path / "shelves" / name).mkdir()
    (tmp_path / "shelves" / "readme.txt").touch()

    top = look_into(str(tmp_path / "shelves"), settings)
    below = look_into(str(tmp_path / "shelves" / "manga"), settings)

    assert [folder.name for folder in top.folders] == ["A", "b", "manga"]
    assert (top.parent, top.files) == (None, 1)
    assert below.parent == tmp_path / "shelves"


def test_the_command_line_may_name_any_folder_unless_roots_are_set(tmp_path):
    free = Settings(data_dir=tmp_path / "data")
    bound = Settings(data_dir=tmp_path / "data", library_roots=(Path("/library"),))
    (tmp_path / "manga").mkdir()

    assert checked_folder(f"{tmp_path}/manga", free, anywhere=True) == tmp_path / "manga"
    with pytest.raises(Invalid, match="inside /library only"):
        checked_folder(f"{tmp_path}/manga", bound, anywhere=True)
