"""Whatever lies in a library ends as one plain line or as a correctly read chapter."""

import os
import re
import unicodedata
from pathlib import Path

import pytest

from app.foundation.archives.sandbox import SandboxPool
from app.scanning.problems import (
    DAMAGED,
    FOLDER,
    METADATA,
    NOT_SUPPORTED,
    NUMBER,
    REFUSED,
    TWIN,
    UNSUITABLE,
)
from app.scanning.scanner import Scanner
from tests.foundation.archives import corpus
from tests.scanning.shelves import cbz, info, raw_cbz

LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY a "&lol;&lol;&lol;">
<!ENTITY b "&a;&a;&a;">]><ComicInfo><Series>&b;</Series></ComicInfo>"""
XXE = """<?xml version="1.0"?><!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<ComicInfo><Series>&x;</Series></ComicInfo>"""


PACKED_ODDLY = frozenset(
    {
        "without pages",
        "without entries",
        "nested",
        "encrypted",
        "huge total",
        "plain image",
        "unknown compression",
    }
)
"""Not broken: whoever packs them anew has their pages."""


async def test_SEC39_SEC40_every_hostile_archive_is_one_plain_line_beside_a_good_chapter(
    shelf, pool, tmp_path
):
    good = cbz(shelf.path / "Iron Lantern" / "Iron Lantern c001.cbz")
    for name, (build, _reason) in corpus.HOSTILE.items():
        (tmp_path / name).mkdir()
        made = build(tmp_path / name)
        (shelf.path / name).mkdir()
        made.rename(shelf.path / name / made.name)

    report = await shelf.scan()

    lines = {
        problem.path.partition(b"/")[0].decode(): problem for problem in await shelf.problems()
    }
    [file] = await shelf.files()
    assert file.path == os.fsencode(good.relative_to(shelf.path))
    assert report.added == 1
    for name, (_build, reason) in corpus.HOSTILE.items():
        assert name in lines, name
        packed_oddly = name in PACKED_ODDLY
        assert (lines[name].kind == UNSUITABLE) is packed_oddly, name
        assert packed_oddly or lines[name].kind in (DAMAGED, NOT_SUPPORTED), name
        assert reason in lines[name].reason or lines[name].kind == NOT_SUPPORTED, name
        assert "\n" not in lines[name].reason and len(lines[name].reason) < 200
    assert max(map(peak_kib, pool.pids())) < 300 * 1024


async def test_every_odd_but_good_archive_is_read(shelf):
    for name, build in corpus.GOOD.items():
        (shelf.path / name).mkdir()
        build(shelf.path / name)

    await shelf.scan()

    files = await shelf.files()
    assert await shelf.problems() == []
    assert len(files) == len(corpus.GOOD)
    assert {file.page_count for file in files} == {2}


async def test_a_problem_is_not_looked_at_again_until_its_file_changes(shelf, monkeypatch):
    path = cbz(shelf.path / "Iron Lantern" / "c1.cbz")
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    await shelf.scan()
    [problem] = await shelf.problems()

    again = await shelf.scan()
    kept = await shelf.problems()
    path.write_bytes(whole)
    await shelf.scan()

    assert (again.unchanged, again.problems) == (1, 1)
    assert [line.id for line in kept] == [problem.id]
    assert await shelf.problems() == []
    assert len(await shelf.files()) == 1


async def test_the_line_of_a_file_that_is_gone_goes_too(shelf):
    path = shelf.path / "Iron Lantern" / "c1.cbz"
    path.parent.mkdir()
    path.write_bytes(b"no archive")
    await shelf.scan()
    assert len(await shelf.problems()) == 1

    path.unlink()
    await shelf.scan()

    assert await shelf.problems() == []


async def test_books_that_are_not_supported_yet_are_listed_as_such(shelf):
    for name in ("a.pdf", "b.epub"):
        (shelf.path / name).write_bytes(b"%PDF-1.7")
    (shelf.path / "c.cbr").write_bytes(b"Rar!\x1a\x07\x00" + bytes(100))
    (shelf.path / "d.cb7").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))

    report = await shelf.scan()

    lines = await shelf.problems()
    assert [line.kind for line in lines] == [NOT_SUPPORTED] * 4
    assert all("not supported yet" in line.reason for line in lines)
    assert report.added == 0


@pytest.mark.parametrize(
    "comicinfo",
    [LAUGHS, XXE, "<ComicInfo><Series>cut", "", "<html/>", "x" * (20 * 1024 * 1024)],
    ids=["laughs", "xxe", "cut", "empty", "html", "20 MB"],
)
async def test_SEC45_bad_comicinfo_is_a_note_on_a_chapter_that_can_be_read(shelf, comicinfo):
    cbz(shelf.path / "Iron Lantern" / "Iron Lantern c003.cbz", comicinfo=comicinfo)

    await shelf.scan()

    [chapter], [series] = await shelf.chapters(), await shelf.all_series()
    [problem] = await shelf.problems()
    assert (int(chapter.number), series.title) == (3, "Iron Lantern")
    assert problem.kind == METADATA
    assert "root:" not in (problem.reason + series.title)


async def test_comicinfo_in_utf_16_is_read(shelf):
    text = '<?xml version="1.0" encoding="utf-16"?><ComicInfo><Series>Łódź</Series></ComicInfo>'
    path = cbz(shelf.path / "x" / "c1.cbz")
    import zipfile

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("ComicInfo.xml", text.encode("utf-16"))

    await shelf.scan()

    assert [series.title for series in await shelf.all_series()] == ["Łódź"]


@pytest.mark.parametrize("number", ["1e999", "99999999999", "-1e5", "NaN", "١٢"])
async def test_a_number_out_of_range_becomes_none_and_a_line(shelf, number):
    cbz(shelf.path / "Iron Lantern" / "book.cbz", comicinfo=info(Number=number))

    await shelf.scan()

    [chapter], [problem] = await shelf.chapters(), await shelf.problems()
    assert chapter.number is None
    assert problem.kind == NUMBER


async def test_SEC71_names_of_any_bytes_are_read_and_shown_on_one_line(shelf):
    names = [
        b"line\nbreak c001.cbz",
        b"bad \xff\xfe bytes c002.cbz",
        "right\u202eto left c003.cbz".encode(),
        b"esc \x1b[31m c004.cbz",
        b"quote'\"<script> c005.cbz",
        b"a" * 240 + b" c006.cbz",
    ]
    for name in names:
        raw_cbz(shelf.path, name)

    report = await shelf.scan()

    files = await shelf.files()
    assert report.added == len(names)
    assert sorted(file.path for file in files) == sorted(names)
    for file in files:
        assert all(sign not in file.display_name for sign in "\n\r\x1b\0\udcff")
        if "\u202e" in file.display_name:
            # An override is kept, but shut in an isolate.
            assert file.display_name[0] == "\u2068" and file.display_name[-1] == "\u2069"
    for series in await shelf.all_series():
        assert all(sign not in series.title for sign in "\n\r\x1b\u202e")


async def test_SEC71_twins_of_case_and_normal_form_are_two_files_and_a_note(shelf):
    folder = shelf.path / "Lantern"
    cbz(folder / "Lantern c001.cbz")
    cbz(folder / "lantern C001.cbz")
    cbz(folder / (unicodedata.normalize("NFC", "é c002") + ".cbz"))
    cbz(folder / (unicodedata.normalize("NFD", "é c002") + ".cbz"))

    report = await shelf.scan()

    assert report.added == 4
    assert [problem.kind for problem in await shelf.problems()] == [TWIN, TWIN]


async def test_SEC38_links_are_not_followed(shelf, tmp_path):
    cbz(tmp_path / "outside" / "secret c001.cbz")
    (shelf.path / "linked").symlink_to(tmp_path / "outside")
    (shelf.path / "linked.cbz").symlink_to(tmp_path / "outside" / "secret c001.cbz")
    (shelf.path / "loop").symlink_to(shelf.path)

    report = await shelf.scan()

    assert (report.found, report.added) == (0, 0)


async def test_debris_of_systems_and_the_trash_are_left_alone(shelf):
    for folder in (".bunko-trash", "@eaDir", "#recycle", "__MACOSX", ".hidden", "Skip"):
        cbz(shelf.path / folder / "c001.cbz")
    cbz(shelf.path / "Iron Lantern" / "._c001.cbz")
    cbz(shelf.path / "Iron Lantern" / "c001.cbz")
    from sqlalchemy import update

    from app.library.models import Library

    await shelf.session.execute(update(Library).values(ignore_patterns=["skip", "*.tmp"]))
    await shelf.session.commit()

    report = await shelf.scan()

    assert (report.found, report.added) == (1, 1)


async def test_a_folder_nested_too_deep_is_a_line(shelf):
    deep = shelf.path.joinpath(*["d"] * 40)
    cbz(deep / "c001.cbz")

    report = await shelf.scan()

    assert report.found == 0
    assert [problem.kind for problem in await shelf.problems()] == [FOLDER]


async def test_SEC39_a_file_that_kills_its_reader_is_one_line_among_good_chapters(
    shelf, engine, monkeypatch
):
    monkeypatch.setattr(
        "app.scanning.examination.ANALYSE_FILE", "tests.scanning.killers:die_of_the_bad_one"
    )
    for number in (1, 2, 3):
        cbz(shelf.path / "Iron Lantern" / f"c00{number}.cbz")
    pool = SandboxPool(1)
    shelf.scanner = Scanner(engine, pool, 1)

    report = await shelf.scan()
    pool.close()

    [problem] = await shelf.problems()
    assert (report.added, problem.kind) == (2, REFUSED)
    assert problem.path == b"Iron Lantern/c002.cbz"


def peak_kib(pid: int) -> int:
    """The most memory that a process ever held (proc(5): VmHWM)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])
