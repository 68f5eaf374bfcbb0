"""A ZIP that is never built is the same bytes in whole and in part, and others can open it."""

import asyncio
import io
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.archives.entry_names import MOST_BYTES, safe_part, unique
from app.foundation.archives.zip_stream import Layout, Member, zip_bytes

NOON = 1_700_000_000.0
GIBIBYTE = 1024**3


class InMemory:
    """Data by member number; counts what is read."""

    def __init__(self, data: Sequence[bytes]) -> None:
        self.data = data
        self.read_bytes = 0

    async def read(self, member: int, offset: int, length: int) -> AsyncIterator[bytes]:
        for at in range(offset, offset + length, 7):
            part = self.data[member][at : min(at + 7, offset + length)]
            self.read_bytes += len(part)
            yield part

    async def checksum(self, member: int) -> int:
        return zlib.crc32(self.data[member])


class Endless:
    """Zeros, whose checksum nobody compares: for sizes that no test writes."""

    async def read(self, member: int, offset: int, length: int) -> AsyncIterator[bytes]:
        while length > 0:
            part = bytes(min(length, GIBIBYTE // 16))
            length -= len(part)
            yield part

    async def checksum(self, member: int) -> int:
        return 0x1234_5678


async def joined(layout: Layout, contents: InMemory | Endless, first: int, size: int) -> bytes:
    return b"".join([part async for part in zip_bytes(layout, contents, first, size)])


def members(data: Sequence[bytes], known: Sequence[bool]) -> list[Member]:
    names = unique(f"Akira/第{number}話.cbz" for number, _ in enumerate(data))
    return [
        Member(name, len(body), NOON, zlib.crc32(body) if is_known else None)
        for name, body, is_known in zip(names, data, known, strict=True)
    ]


_archives = st.lists(st.tuples(st.binary(max_size=60), st.booleans()), max_size=6)


@given(_archives, st.data())
async def test_any_range_is_the_same_bytes_as_in_the_whole(archive, data):
    bodies = [body for body, _ in archive]
    layout = Layout(members(bodies, [known for _, known in archive]))
    whole = await joined(layout, InMemory(bodies), 0, layout.length)
    first = data.draw(st.integers(0, layout.length - 1))
    size = data.draw(st.integers(0, layout.length - first))

    part = await joined(layout, InMemory(bodies), first, size)

    assert len(whole) == layout.length
    assert part == whole[first : first + size]


@given(_archives)
async def test_what_is_packed_comes_out_again(archive):
    bodies = [body for body, _ in archive]
    packed = members(bodies, [known for _, known in archive])
    layout = Layout(packed)

    with zipfile.ZipFile(
        io.BytesIO(await joined(layout, InMemory(bodies), 0, layout.length))
    ) as read:
        assert read.testzip() is None
        assert read.namelist() == [member.name for member in packed]
        assert [read.read(name) for name in read.namelist()] == bodies
        assert {info.date_time for info in read.infolist()} <= {(2023, 11, 14, 22, 13, 20)}


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
async def test_unzip_finds_no_fault(tmp_path: Path) -> None:
    bodies = [b"first" * 5000, b"", b"third", b"fourth"]
    layout = Layout(members(bodies, [True, False, False, True]))
    place = tmp_path / "made.zip"
    place.write_bytes(await joined(layout, InMemory(bodies), 0, layout.length))

    tested = await asyncio.to_thread(
        subprocess.run, ["unzip", "-t", place], capture_output=True, text=True, check=False
    )

    assert tested.returncode == 0, tested.stdout + tested.stderr


async def test_a_range_reads_no_more_than_it_holds() -> None:
    bodies = [b"x" * 10_000 for _ in range(50)]
    layout = Layout(members(bodies, [True] * 50))
    contents = InMemory(bodies)

    await joined(layout, contents, layout.length // 2, 100)

    assert contents.read_bytes <= 100


SIZES = [(0, 1), (3 * GIBIBYTE, 3), (4 * GIBIBYTE - 1, 2), (5 * GIBIBYTE, 3)]
KINDS = [(size, count, crc32) for size, count in SIZES for crc32 in (None, 0x1234_5678)]


@pytest.mark.parametrize(("size", "count", "crc32"), [*KINDS, (17, 65_600, None)])
async def test_beyond_four_gibibytes_and_65_535_members_others_find_every_member(
    size: int, count: int, crc32: int | None
) -> None:
    """Only the directory is made; what zipfile needs to find it lies in the last bytes."""
    layout = Layout([Member(f"{n}.cbz", size, NOON, crc32) for n in range(count)])
    tail = sum(piece.length for piece in layout.pieces(0, layout.length) if _closes(piece.kind))

    end = await joined(layout, Endless(), layout.length - tail, tail)
    with zipfile.ZipFile(Sparse(layout.length, end)) as read:
        found = read.infolist()

    assert len(found) == count
    assert {(one.file_size, one.compress_size, one.CRC) for one in found} == {
        (size, size, 0x1234_5678)
    }
    for member in {0, count // 2, count - 1}:
        at = found[member].header_offset
        head = await joined(layout, Endless(), at, 30 + len(found[member].filename))
        assert head[:4] == b"PK\x03\x04"
        assert head[30:].decode() == found[member].filename
        pieces = [
            piece for piece in layout.pieces(at, size + 200) if piece.member == member and size
        ]
        assert [piece.length for piece in pieces if piece.kind == "data"] == [size] * bool(size)


async def test_a_range_across_four_gibibytes_is_sent_in_full() -> None:
    layout = Layout([Member("a", 5 * GIBIBYTE, NOON), Member("b", 5, NOON)])
    sent = 0
    async for part in zip_bytes(layout, Endless(), 4 * GIBIBYTE - 10, GIBIBYTE + 500):
        sent += len(part)

    assert sent == min(GIBIBYTE + 500, layout.length - (4 * GIBIBYTE - 10))


def _closes(kind: str) -> bool:
    return kind in ("record", "end")


class Sparse(io.RawIOBase):
    """A file of this length with these last bytes; what lies before is a hole."""

    def __init__(self, length: int, end: bytes) -> None:
        self.length, self.end, self.at = length, end, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + {0: 0, 1: self.at, 2: self.length}[whence]
        return self.at

    def read(self, size: int = -1) -> bytes:
        begin = self.at - (self.length - len(self.end))
        assert begin >= 0, "nothing but the end is read"
        found = self.end[begin:] if size < 0 else self.end[begin : begin + size]
        self.at += len(found)
        return found


BAD = ["", ".", "..", "...", "a/b", "a\\b", "/etc/passwd", "C:\\x", "nul", "CON.cbz", "a\x00b"]
BAD += ["\u202eevil.cbz", "x" * 600 + ".cbz", "漫" * 500 + ".cbz", "a\nb", " . ", "\udce9.jpg"]


@pytest.mark.parametrize("name", BAD)
def test_SEC38_a_name_of_an_entry_leads_nowhere_else(name: str) -> None:
    part = safe_part(name)

    assert part not in ("", ".", "..")
    assert not set(part) & set('/\\:\x00\n<>"|?*\u202e')
    assert len(part.encode()) <= MOST_BYTES
    assert part.endswith(".cbz") or not name.endswith(".cbz")
    assert part.split(".")[0].casefold() not in ("nul", "con")


@given(st.lists(st.text(max_size=300), max_size=30))
def test_SEC38_names_are_safe_and_each_is_there_once(names: list[str]) -> None:
    made = unique(safe_part(name) for name in names)

    assert len({name.casefold() for name in made}) == len(names)
    assert all(len(name.encode()) <= 255 and "/" not in name for name in made)


def test_twins_are_numbered_before_their_ending() -> None:
    assert unique(["a.cbz", "A.cbz", "a.cbz", "v1/a.cbz"]) == [
        "a.cbz",
        "A (2).cbz",
        "a (3).cbz",
        "v1/a.cbz",
    ]
