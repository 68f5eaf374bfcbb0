"""`bunko demo`: what it promises is in the folder, and the same each time."""

import json
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from click.testing import CliRunner
from PIL import Image

from app.demo.command import demo
from app.demo.draw import ALL_SERIES, draw_library, draw_one
from app.demo.shelf import Series
from app.errors import Conflict
from app.foundation.security.xml import parse_xml

pytestmark = pytest.mark.xdist_group("demo")

CLOCKS, MOON, GENTIAN = "Der Uhrmacher von Ebbe", "月面パン工房", "竜胆クロニクル"
LIES, STRIPS = "The Lighthouse Keeper's Seven Lies", "무지개 정류장"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One series whole, and the telling chapters of four more: drawing takes its time."""
    target = tmp_path_factory.mktemp("demo") / "library"
    draw_library(target, lambda done, total, name: None, only=[GENTIAN], processes=1)
    for folder, wanted in ((CLOCKS, (1,)), (MOON, (0,)), (LIES, (4, 6, 7)), (STRIPS, (0,))):
        series = one_series(folder)
        (target / folder).mkdir()
        for i in wanted:
            draw_one(target, series, series.chapters[i])
    return target


def one_series(folder: str) -> Series:
    return next(series for series in ALL_SERIES if series.folder == folder)


def entries(chapter: Path) -> dict[str, bytes]:
    if chapter.is_dir():
        return {page.name: page.read_bytes() for page in sorted(chapter.iterdir())}
    if chapter.suffix == ".cbt":
        with tarfile.open(chapter) as tar:
            members = {entry.name: tar.extractfile(entry) for entry in tar}
            return {name: member.read() for name, member in members.items() if member}
    with zipfile.ZipFile(chapter) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def chapters(library: Path) -> Iterator[Path]:
    for series in library.iterdir():
        if series.is_dir():
            yield from (chapter for chapter in series.iterdir() if chapter.name != "series.json")


def pages(chapter: Path) -> list[Image.Image]:
    pictures = {name: data for name, data in entries(chapter).items() if name != "ComicInfo.xml"}
    return [Image.open(BytesIO(data)) for data in pictures.values()]


def comic_info(chapter: Path) -> Element:
    return parse_xml(entries(chapter)["ComicInfo.xml"])


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    clockmaker = one_series(CLOCKS)
    moon = one_series(MOON)
    for run in ("one", "two"):
        for series, chapter in ((clockmaker, clockmaker.chapters[1]), (moon, moon.chapters[0])):
            (tmp_path / run / series.folder).mkdir(parents=True)
            draw_one(tmp_path / run, series, chapter)

    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert len(files(tmp_path / "one")) == 1 + 8 + 1


def test_every_chapter_opens_and_every_page_decodes(library: Path) -> None:
    for chapter in chapters(library):
        drawn = pages(chapter)
        assert len(drawn) >= 5, chapter
        for page in drawn:
            page.load()


def test_no_page_is_drawn_twice(library: Path) -> None:
    seen = Counter(
        blake2b(data).digest()
        for chapter in chapters(library)
        for name, data in entries(chapter).items()
        if name != "ComicInfo.xml"
    )

    assert seen.most_common(1)[0][1] == 1


def test_comic_info_tells_series_number_and_size(library: Path) -> None:
    info = comic_info(library / LIES / "Vol. 1 Ch. 5.5 - Low Tide.cbz")

    told = {
        name: info.findtext(name) for name in ("Series", "Number", "Volume", "Manga", "PageCount")
    }
    assert told == {
        "Series": "The Lighthouse Keeper's Seven Lies",
        "Number": "5.5",
        "Volume": "1",
        "Manga": "YesAndRightToLeft",
        "PageCount": "6",
    }
    assert len(info.findall("Pages/Page")) == 6


def test_a_spread_is_wide_and_marked_as_double(library: Path) -> None:
    volume = library / GENTIAN / "竜胆クロニクル 第01巻.cbz"

    wide = [i for i, page in enumerate(pages(volume)) if page.width > page.height]

    marked = [page.get("Image") for page in comic_info(volume).iterfind("Pages/Page[@DoublePage]")]
    assert wide == [8]
    assert marked == ["8"]


def test_the_webtoon_has_tall_strips(library: Path) -> None:
    sizes = [page.size for page in pages(library / STRIPS / f"{STRIPS} 1화.cbz")]

    assert sizes[1:] == [(800, 4000)] * 5


def test_there_is_a_folder_of_pictures_a_tar_and_a_side_file(library: Path) -> None:
    side = json.loads((library / GENTIAN / "series.json").read_bytes())

    assert (library / MOON / "第1話" / "img2.jpg").is_file()
    assert tarfile.is_tarfile(library / CLOCKS / "Der Uhrmacher von Ebbe v02.cbt")
    assert side["metadata"]["name"] == "竜胆クロニクル"


def test_one_number_stands_twice_in_different_languages(library: Path) -> None:
    told = [comic_info(chapter) for chapter in (library / LIES).glob("* Ch. 7 *")]

    assert sorted(str(info.findtext("LanguageISO")) for info in told) == ["en", "fr"]
    assert {info.findtext("Number") for info in told} == {"7"}
    assert {info.findtext("Translator") for info in told} == {"Harbour Scans", "Équipe Phare"}


def test_the_catalogue_holds_the_promised_variety() -> None:
    suffixes = {Path(c.file).suffix for series in ALL_SERIES for c in series.chapters}

    assert 14 <= len(ALL_SERIES) <= 18
    assert 60 <= sum(len(series.chapters) for series in ALL_SERIES) <= 90
    assert suffixes == {".cbz", ".cbt", ".zip", ""}
    assert {series.language for series in ALL_SERIES} == {
        "ja",
        "ko",
        "zh-Hant",
        "ru",
        "ar",
        "fr",
        "de",
        "en",
    }
    assert {series.image for series in ALL_SERIES} == {"png", "jpeg", "webp"}
    assert {series.comic_info for series in ALL_SERIES} == {"2.0", "2.1", None}
    assert [series.folder for series in ALL_SERIES if "18+" in series.age] == ["Polaris Diner"]


def test_a_machine_without_fonts_still_gets_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.demo import fonts
    from app.demo.chapters import draw_chapter

    caches = (fonts._installed, fonts._candidates)
    monkeypatch.setattr(fonts, "FOLDERS", ())
    for cache in caches:
        cache.cache_clear()
    try:
        assert fonts.face_for("潮騒", "ja") is None
        assert fonts.face_for("Tide", "ja") == fonts.Face(None)
        for folder in ("潮騒の図書館", "مكتبة المطر"):
            series = one_series(folder)
            assert len(draw_chapter(series, series.chapters[-1])) == 8
    finally:
        for cache in caches:
            cache.cache_clear()


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"mine")

    with pytest.raises(Conflict, match="is not empty"):
        draw_library(tmp_path, lambda done, total, name: None, only=[GENTIAN])
    answer = CliRunner().invoke(demo, [str(tmp_path)])

    assert answer.exit_code == 1
    assert answer.output == f"Error: {tmp_path} is not empty and was not drawn by this command.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_an_earlier_sample_library_is_drawn_over(tmp_path: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    for _ in range(2):
        heard.clear()
        draw_library(tmp_path, lambda *told: heard.append(told), only=[CLOCKS])

    assert [(done, total) for done, total, _ in heard] == [(1, 2), (2, 2)]
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_in_the_place_of_the_folder_is_named_in_one_sentence(tmp_path: Path) -> None:
    target = tmp_path / "library"
    target.write_bytes(b"")

    answer = CliRunner().invoke(demo, [str(target)])

    assert answer.exit_code == 1
    assert answer.output == f"Error: {target} cannot be written: Not a directory.\n"
