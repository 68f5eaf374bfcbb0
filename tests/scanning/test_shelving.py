"""How files become series, chapters and positions."""

from decimal import Decimal

from sqlalchemy import func, select, text, update

from app.foundation.archives.sandbox import SandboxPool
from app.library.models import Creator, SearchDocument, Series, SeriesCreator, Tag
from app.scanning.describe import keep_facts, measured, next_undescribed
from tests.foundation.archives.corpus import picture
from tests.scanning.shelves import cbz, info, page


async def test_two_languages_of_one_number_are_two_chapters_at_one_position(shelf):
    cbz(shelf.path / "Iron Lantern" / "Iron Lantern c001 [en].cbz")
    cbz(shelf.path / "Iron Lantern" / "Iron Lantern c001 [fr].cbz")
    cbz(shelf.path / "Iron Lantern" / "Iron Lantern c002 [en].cbz")

    await shelf.scan()

    chapters, [series] = await shelf.chapters(), await shelf.all_series()
    assert [chapter.position for chapter in chapters] == [1, 1, 2]
    assert {chapter.language for chapter in chapters[:2]} == {"en", "fr"}
    assert series.position_count == 2


async def test_volumes_stand_before_the_loose_chapters_they_do_not_cover(shelf):
    for name in ("c021", "v02", "v01", "c020", "SP01"):
        cbz(shelf.path / "Iron Lantern" / f"Iron Lantern {name}.cbz")

    await shelf.scan()

    chapters = await shelf.chapters()
    assert [(chapter.kind, chapter.volume, chapter.number) for chapter in chapters] == [
        ("volume", 1, None),
        ("volume", 2, None),
        ("chapter", None, 20),
        ("chapter", None, 21),
        ("special", None, 1),
    ]


async def test_a_folder_named_volume_is_a_part_of_the_series_above_it(shelf):
    cbz(shelf.path / "Iron Lantern" / "Volume 2" / "Chapter 12.cbz")
    cbz(shelf.path / "Iron Lantern" / "Specials" / "Omake.cbz")

    await shelf.scan()

    [series], chapters = await shelf.all_series(), await shelf.chapters()
    assert series.title == "Iron Lantern"
    assert [(chapter.kind, chapter.volume) for chapter in chapters] == [
        ("chapter", 2),
        ("special", None),
    ]


async def test_folders_of_images_are_chapters_and_artwork_is_not(shelf):
    for chapter in ("Chapter 1", "Chapter 2"):
        folder = shelf.path / "Iron Lantern" / chapter
        folder.mkdir(parents=True)
        for number in (1, 2, 10):
            (folder / f"{number}.png").write_bytes(page(chapter, number))
    (shelf.path / "Iron Lantern" / "cover.jpg").write_bytes(page("cover", 1))

    await shelf.scan()
    again = await shelf.scan()

    [series], files = await shelf.all_series(), await shelf.files()
    assert series.title == "Iron Lantern"
    assert [(file.format, file.page_count) for file in files] == [("folder", 3)] * 2
    assert [int(chapter.number) for chapter in await shelf.chapters()] == [1, 2]
    assert again.unchanged == 2


async def test_loose_files_in_the_root_are_as_many_series_as_they_name(shelf):
    for name in ("Akira v01", "Akira v02", "Domu"):
        cbz(shelf.path / f"{name}.cbz")

    await shelf.scan()

    series = await shelf.all_series()
    assert [(row.title, row.position_count) for row in series] == [("Akira", 2), ("Domu", 1)]


async def test_files_without_a_name_join_the_one_series_of_their_folder(shelf):
    cbz(shelf.path / "Folder" / "001.cbz", comicinfo=info(Series="Iron Lantern", Number=1))
    cbz(shelf.path / "Folder" / "002.cbz")
    await shelf.scan()
    cbz(shelf.path / "Folder" / "003.cbz")
    await shelf.scan()

    [series] = await shelf.all_series()
    assert (series.title, series.key, series.position_count) == ("Iron Lantern", "iron lantern", 3)


async def test_comicinfo_fills_the_series_its_people_its_tags_and_the_search(shelf):
    cbz(
        shelf.path / "x" / "c1.cbz",
        comicinfo=info(
            Series="Iron Lantern",
            Number="1",
            Writer="A. Writer, B. Writer",
            Genre="Drama",
            Tags="sea",
            Summary="A harbour.",
            AgeRating="Teen",
            Manga="YesAndRightToLeft",
            LanguageISO="en",
            Publisher="Pier",
            Count="12",
            Web="https://example.org/1",
            Title="Low Tide",
            Year="2020",
        ),
    )

    await shelf.scan()

    [series], [chapter] = await shelf.all_series(), await shelf.chapters()
    assert (series.age_rating, series.direction, series.publisher) == (13, "rtl", "Pier")
    assert (series.total_chapters, series.year, series.status) == (12, 2020, "completed")
    assert series.links == [{"url": "https://example.org/1", "label": "example.org"}]
    assert series.sources["summary"] == "comicinfo"
    assert (chapter.title, chapter.language) == ("Low Tide", "en")
    names = await shelf.session.scalars(
        select(Creator.name).join(SeriesCreator).order_by(SeriesCreator.place)
    )
    assert list(names) == ["A. Writer", "B. Writer"]
    assert set(await shelf.session.scalars(select(Tag.name))) == {"Drama", "sea"}
    hit = await shelf.session.scalars(
        select(SearchDocument.id).where(
            SearchDocument.kind == "series", text("grams @> ARRAY['la', 'an']")
        )
    )
    assert list(hit) == [series.id]
    words = await shelf.session.scalars(
        select(SearchDocument.id).where(
            SearchDocument.words.op("@@")(func.plainto_tsquery("simple", "tide"))
        )
    )
    assert list(words) == [chapter.id]
    assert series.cover_chapter_id == chapter.id


async def test_series_json_describes_the_folder_and_a_change_is_taken_up(shelf):
    cbz(shelf.path / "Iron Lantern" / "c1.cbz")
    sidecar = shelf.path / "Iron Lantern" / "series.json"
    sidecar.write_text('{"metadata": {"name": "The Iron Lantern", "status": "Ended"}}')
    await shelf.scan()
    [first] = await shelf.all_series()
    assert (first.title, first.status, first.sources["title"]) == (
        *("The Iron Lantern", "completed"),
        "sidecar",
    )

    sidecar.write_text('{"metadata": {"name": "Iron Lantern, The", "status": "Continuing"}}')
    await shelf.scan()
    [second] = await shelf.all_series()
    sidecar.unlink()
    await shelf.scan()
    [third] = await shelf.all_series()

    assert (second.id, second.title, second.status) == (first.id, "Iron Lantern, The", "ongoing")
    assert (third.title, third.status) == ("Iron Lantern", None)


async def test_what_a_person_locked_no_scan_overwrites(shelf):
    path = cbz(shelf.path / "x" / "c1.cbz", comicinfo=info(Series="Iron Lantern", Summary="Old."))
    await shelf.scan()
    await shelf.session.execute(
        update(Series).values(title="Mine", locked_fields=["title", "summary"])
    )
    await shelf.session.commit()

    cbz(path, pages=4, comicinfo=info(Series="Iron Lantern", Summary="New.", Publisher="Pier"))
    await shelf.scan()

    [series] = await shelf.all_series()
    assert (series.title, series.summary, series.publisher) == ("Mine", "Old.", "Pier")


async def test_what_a_person_locked_is_still_found_by_search(shelf):
    elements = {"Series": "Iron Lantern", "Writer": "Zo Quill", "Summary": "A harbour."}
    path = cbz(shelf.path / "x" / "c1.cbz", comicinfo=info(**elements))
    await shelf.scan()
    await shelf.session.execute(update(Series).values(locked_fields=["creators", "summary"]))
    await shelf.session.commit()

    cbz(path, pages=4, comicinfo=info(Series="Iron Lantern"))
    await shelf.scan()

    found = select(SearchDocument.id).where(text("grams @> ARRAY['qu', 'ui', 'il']"))
    [series] = await shelf.all_series()
    assert list(await shelf.session.scalars(found)) == [series.id]
    words = found.where(text("words @@ plainto_tsquery('simple', 'harbour')"))
    assert list(await shelf.session.scalars(words)) == [series.id]


async def test_new_comicinfo_that_names_another_series_moves_the_chapter_with_its_id(shelf):
    path = cbz(shelf.path / "x" / "a.cbz", comicinfo=info(Series="Akira", Number=1))
    cbz(shelf.path / "x" / "b.cbz", comicinfo=info(Series="Akira", Number=2))
    await shelf.scan()
    [first, _] = await shelf.chapters()

    cbz(path, comicinfo=info(Series="Domu", Number=1))
    await shelf.scan()

    akira, domu = await shelf.all_series()
    moved = await shelf.session.get_one(type(first), first.id)
    assert (akira.title, akira.position_count) == ("Akira", 1)
    assert (domu.title, moved.series_id) == ("Domu", domu.id)


async def test_the_second_pass_reads_image_sizes_once_and_sees_a_long_strip(
    shelf, pool: SandboxPool
):
    import zipfile

    (shelf.path / "x").mkdir()
    with zipfile.ZipFile(shelf.path / "x" / "c1.cbz", "w") as archive:
        archive.writestr("1.jpg", picture(size=(40, 200)))
        archive.writestr("2.png", b"\x89PNG\r\n\x1a\nbroken")
    await shelf.scan()
    [file] = await shelf.files()

    [(_, facts)] = found = await measured(pool, await next_undescribed(shelf.session, None, 10))
    await keep_facts(shelf.session, found)
    await shelf.session.commit()

    assert [(size.width, size.height) for size in facts.sizes] == [(40, 200), (0, 0)]
    assert facts.is_long_strip
    assert await next_undescribed(shelf.session, None, 10) == []
    await shelf.session.refresh(file)
    assert file.described_at is not None


async def test_a_range_of_chapters_in_a_volume_is_one_chapter(shelf):
    cbz(shelf.path / "Iron Lantern" / "Iron Lantern v01 c001-008.cbz")

    await shelf.scan()

    [chapter] = await shelf.chapters()
    assert (chapter.number, chapter.number_end, chapter.volume) == (1, 8, Decimal(1))
    assert (chapter.kind, chapter.number_text) == ("chapter", "1-8")
