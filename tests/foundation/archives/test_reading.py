"""Archives and folders are listed in reading order and read page by page, whoever made them."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.archives.errors import BadFile
from app.foundation.archives.names import decoded, shown_name
from app.foundation.archives.page_table import PageEntry, fingerprint
from app.foundation.archives.reader import open_span, read_entry, read_head, read_listing, read_page
from tests.foundation.archives import corpus, corpus_good


@contextmanager
def opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


@pytest.mark.parametrize("name", corpus.GOOD)
def test_every_kind_of_archive_gives_its_two_pages_in_order(name: str, tmp_path: Path) -> None:
    path = corpus.GOOD[name](tmp_path)

    with opened(path) as fd:
        listing = read_listing(fd)
        pages = [read_page(fd, entry, verify=True) for entry in listing.pages]

    assert [entry.name[-5:-4] for entry in listing.pages] == ["1", "2"]
    first = corpus.picture("PNG") if name == "wrong extension" else corpus.ONE
    assert pages == [first, corpus.TWO]
    assert [entry.size for entry in listing.pages] == [len(page) for page in pages]


@pytest.mark.parametrize("name", ["stored", "deflated", "tar", "image folder"])
def test_comic_info_is_found_and_read(name: str, tmp_path: Path) -> None:
    with opened(corpus.GOOD[name](tmp_path)) as fd:
        info = read_listing(fd).comic_info
        assert info is not None
        assert read_entry(fd, info) == corpus.COMIC_INFO
        with pytest.raises(BadFile, match="too large"):
            read_entry(fd, info, most=10)


def test_the_outermost_comic_info_counts(tmp_path: Path) -> None:
    entries = {"1.jpg": corpus.ONE, "x/ComicInfo.xml": b"inner", "comicinfo.XML": b"outer"}

    with opened(corpus.archive(tmp_path, entries)) as fd:
        info = read_listing(fd).comic_info
        assert info is not None
        assert read_entry(fd, info) == b"outer"


def test_the_same_pages_have_one_fingerprint_however_they_are_packed(tmp_path: Path) -> None:
    seen = set()
    for name in ("stored", "deflated", "zip64", "tar", "image folder"):
        with opened(corpus.GOOD[name](tmp_path)) as fd:
            seen.add(fingerprint(read_listing(fd).pages))

    assert len(seen) == 1


def test_a_stored_page_is_one_span_of_the_file(tmp_path: Path) -> None:
    path = corpus.stored(tmp_path)

    with opened(path) as fd:
        offset, length = open_span(fd, read_listing(fd).pages[0])

    assert path.read_bytes()[offset : offset + length] == corpus.ONE


@pytest.mark.parametrize("name", ["stored", "deflated", "tar", "image folder"])
def test_the_start_of_a_page_can_be_read_alone(name: str, tmp_path: Path) -> None:
    with opened(corpus.GOOD[name](tmp_path)) as fd:
        entry = read_listing(fd).pages[0]

        assert read_head(fd, entry, 100) == corpus.ONE[:100]
        assert read_head(fd, entry, 10**6) == corpus.ONE


def test_a_page_that_moved_is_a_plain_reason_and_not_wrong_bytes(tmp_path: Path) -> None:
    path = corpus.stored(tmp_path)
    with opened(path) as fd:
        entry = read_listing(fd).pages[0]
    path.write_bytes(b"x" * 5 + path.read_bytes())

    with opened(path) as fd, pytest.raises(BadFile, match="changed or is damaged"):
        read_page(fd, entry)


def test_a_page_with_wrong_bytes_fails_its_checksum(tmp_path: Path) -> None:
    path = corpus.stored(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(corpus.ONE) + 200] ^= 0xFF
    path.write_bytes(data)

    with opened(path) as fd, pytest.raises(BadFile, match="checksum"):
        read_page(fd, read_listing(fd).pages[0], verify=True)


@pytest.mark.parametrize("name", corpus.HOSTILE)
def test_SEC40_a_hostile_file_is_one_plain_reason(name: str, tmp_path: Path) -> None:
    build, reason = corpus.HOSTILE[name]

    with opened(build(tmp_path)) as fd, pytest.raises(BadFile) as error:
        read_listing(fd)

    assert reason in error.value.message
    assert error.value.message.endswith(".")
    assert "\n" not in error.value.message


def test_SEC40_a_page_never_unpacks_to_more_than_it_promised(tmp_path: Path) -> None:
    with opened(corpus.bomb_with_small_promise(tmp_path)) as fd:
        (entry,) = read_listing(fd).pages
        with pytest.raises(BadFile, match="another size"):
            read_page(fd, entry)


def test_SEC40_caps_hold_exactly_at_their_border(tmp_path: Path) -> None:
    path = corpus.archive(tmp_path, {f"{n:05}.jpg": b"" for n in range(10_000)})

    with opened(path) as fd:
        assert len(read_listing(fd).pages) == 10_000


@given(cut=st.integers(0, 700), at=st.integers(0, 700), to=st.binary(min_size=1, max_size=8))
def test_SEC40_no_damage_makes_the_reader_stumble(
    cut: int, at: int, to: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    data = bytearray(corpus.zip64_bytes([(b"1.jpg", b"\xff\xd8\xff"), (b"2.png", b"x" * 50)]))
    data[at : at + len(to)] = to
    path = corpus.written(folder, bytes(data[: len(data) - cut % 20]))

    with opened(path) as fd:
        try:
            for entry in read_listing(fd).pages:
                read_page(fd, entry, verify=True)
        except BadFile:
            pass


@given(at=st.integers(0, 3000), to=st.binary(min_size=1, max_size=12))
def test_SEC40_no_damage_makes_the_tar_reader_stumble(
    at: int, to: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    data = bytearray(corpus_good.tar_with_pax_names(folder).read_bytes())
    data[at : at + len(to)] = to
    path = corpus.written(folder, bytes(data), "damaged.cbt")

    with opened(path) as fd:
        try:
            for entry in read_listing(fd).pages:
                read_page(fd, entry)
        except BadFile:
            pass


@pytest.mark.parametrize("name", ["page.html", "page.svg", "page.xml", "page.js", "page.pdf"])
def test_SEC42_what_is_no_image_is_never_a_page(name: str, tmp_path: Path) -> None:
    entries = {"1.jpg": corpus.ONE, name: b"<svg onload=alert(1)>"}

    with opened(corpus.archive(tmp_path, entries)) as fd:
        assert [entry.name for entry in read_listing(fd).pages] == ["1.jpg"]


@pytest.mark.parametrize(
    "data", [b"<svg onload=alert(1)>", b"<!doctype html>", b"%PDF-1.7", b"GIF88a", b"", b"BM1234"]
)
def test_SEC42_a_page_that_only_calls_itself_an_image_is_not_read(
    data: bytes, tmp_path: Path
) -> None:
    with opened(corpus.archive(tmp_path, {"1.jpg": data})) as fd:
        (entry,) = read_listing(fd).pages
        with pytest.raises(BadFile, match="not an image"):
            read_page(fd, entry)


NAMES = [
    ("第１話_01.jpg".encode(), 0x800, "第１話_01.jpg"),
    ("第１話_01.jpg".encode(), 0, "第１話_01.jpg"),
    ("第1話.jpg".encode("cp932"), 0, "第1話.jpg"),
    ("ドラゴンボール 01.jpg".encode("cp932"), 0, "ドラゴンボール 01.jpg"),
    ("表紙.jpg".encode("cp932"), 0, "表紙.jpg"),
    ("café.jpg".encode("cp437"), 0, "café.jpg"),
    ("Übergröße.jpg".encode("cp437"), 0, "Übergröße.jpg"),
    ("señor años.jpg".encode("cp437"), 0, "señor años.jpg"),
    (b"\xff\xfe.jpg", 0x800, b"\xff\xfe.jpg".decode("cp437")),
]


@pytest.mark.parametrize(("raw_name", "flags", "name"), NAMES)
def test_names_are_decoded_as_their_makers_meant(
    raw_name: bytes, flags: int, name: str, tmp_path: Path
) -> None:
    with opened(corpus.named(tmp_path, raw_name, flags=flags)) as fd:
        (entry,) = read_listing(fd).pages
        assert read_page(fd, entry) == corpus.ONE

    assert entry.name == name


def test_the_unicode_field_counts_while_it_belongs_to_the_name(tmp_path: Path) -> None:
    raw_name = b"??.jpg\xff.jpg"
    right = corpus.unicode_path_extra(raw_name, "漫画.jpg")
    stale = corpus.unicode_path_extra(b"old.jpg", "旧.jpg")

    assert decoded(raw_name, extra=right) == "漫画.jpg"
    assert decoded(raw_name, extra=stale) == raw_name.decode("cp437")
    with opened(corpus.named(tmp_path, raw_name, extra=right)) as fd:
        assert read_listing(fd).pages[0].name == "漫画.jpg"


@pytest.mark.parametrize("kind", corpus.STRANGE_NAMES)
def test_SEC39_strange_names_are_shown_harmlessly(kind: str, tmp_path: Path) -> None:
    raw_name, shown = corpus.STRANGE_NAMES[kind]

    with opened(corpus.named(tmp_path, raw_name)) as fd:
        (entry,) = read_listing(fd).pages

    assert shown_name(entry.name) == shown


@given(st.binary(max_size=300).map(os.fsdecode))
def test_a_shown_name_is_one_short_line_that_any_encoding_takes(name: str) -> None:
    shown = shown_name(name)

    assert len(shown) <= 200
    assert len(shown.splitlines()) <= 1
    assert isinstance(shown.encode(), bytes)


@given(st.binary(max_size=60), st.booleans(), st.binary(max_size=60))
def test_every_name_decodes_to_text(raw_name: bytes, is_utf8: bool, extra: bytes) -> None:
    assert decoded(raw_name, is_utf8=is_utf8, extra=extra).encode() is not None


@given(
    entries=st.dictionaries(
        st.from_regex(r"[a-z0-9]{1,8}\.jpg", fullmatch=True), st.binary(max_size=300)
    ),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_our_reader_agrees_with_pythons(
    entries: dict[str, bytes], method: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = corpus.archive(tmp_path_factory.getbasetemp(), entries, method=method)
    if not entries:
        return

    with opened(path) as fd:
        read = {entry.name: read_entry(fd, entry) for entry in read_listing(fd).pages}

    assert read == entries


def test_an_entry_of_a_folder_has_no_span(tmp_path: Path) -> None:
    with opened(corpus.image_folder(tmp_path)) as fd:
        entry = read_listing(fd).pages[0]
        assert entry.crc32 == zlib.crc32(corpus.ONE)
        with pytest.raises(ValueError, match="whole file"):
            open_span(fd, entry)


def test_a_page_table_cannot_lead_a_folder_out_of_itself(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(corpus.ONE)
    folder = corpus.image_folder(tmp_path)
    with opened(folder) as fd:
        entry = read_listing(fd).pages[0]
        for name in ("../secret.jpg", "/etc/passwd", "0.jpg", "00.jpg", ".", ""):
            bent = PageEntry(name, 0, entry.size, entry.size, entry.method, 0, "image/jpeg")
            with pytest.raises(Exception, match="not there"):
                read_page(fd, bent)
