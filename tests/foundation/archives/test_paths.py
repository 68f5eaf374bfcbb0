"""Files open by handle beneath their root, and no name, link or race leads out of it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.foundation.archives import paths
from app.foundation.archives.paths import PathRefused, open_beneath, open_file, open_root

CLIMBING = [
    prefix + target
    for prefix in ("../", "../../", "a/../../", "./", "a/./../", "/", "//", "a//", "..//")
    for target in ("secret", "outside/secret", "etc/passwd")
]
ODD = ["", ".", "..", "a/", "a/..", "a\0b", "\0", "/", "x" * 5000, "a/" * 3000 + "b"]


@pytest.fixture(params=["openat2", "walk"])
def root(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A library root beside a secret; once with openat2, once as on a kernel without it."""
    if request.param == "walk":
        monkeypatch.setattr(paths, "_openat2", lambda *_: (-1, 38))
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "1.cbz").write_bytes(b"inside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    (tmp_path / "secret").write_bytes(b"secret")
    yield root


def read(fd: int) -> bytes:
    try:
        return os.pread(fd, 100, 0)
    finally:
        os.close(fd)


def test_a_file_beneath_its_root_opens_from_a_path_or_a_handle(root: Path) -> None:
    handle = open_root(root)
    try:
        assert read(open_beneath(handle, b"a/b/1.cbz")) == b"inside"
        assert read(open_beneath(root, b"a/b/1.cbz")) == b"inside"
        assert read(open_beneath(os.fsencode(root), b"a/b/1.cbz")) == b"inside"
    finally:
        os.close(handle)


def test_a_folder_beneath_its_root_opens_as_a_directory(root: Path) -> None:
    fd = open_beneath(root, b"a/b")
    try:
        assert os.listdir(fd) == ["1.cbz"]
        assert read(open_file(fd, b"1.cbz")) == b"inside"
    finally:
        os.close(fd)


def test_descriptors_are_not_inherited_by_other_programs(root: Path) -> None:
    fd = open_beneath(root, b"a/b/1.cbz")

    assert not os.get_inheritable(fd)
    os.close(fd)


@pytest.mark.parametrize("relative", [*CLIMBING, *ODD])
def test_SEC38_no_name_leads_out_of_the_root(root: Path, relative: str) -> None:
    with pytest.raises(PathRefused):
        open_beneath(root, relative.encode())


@pytest.mark.parametrize(
    "target", ["../outside/secret", "/etc/passwd", "a/b/1.cbz", "missing", "self"]
)
def test_SEC38_no_link_is_followed(root: Path, target: str) -> None:
    (root / "self").symlink_to(target)
    (root / "a" / "out").symlink_to("../../outside")
    (root / "top").symlink_to(root)

    for relative in (b"self", b"a/out/secret", b"top/a/b/1.cbz", b"a/out"):
        with pytest.raises(PathRefused):
            open_beneath(root, relative)


def test_SEC38_missing_outside_and_linked_files_answer_alike(root: Path) -> None:
    (root / "link").symlink_to("/etc/passwd")
    answers = set()
    for relative in (b"missing", b"../secret", b"link", b"a/b/1.cbz/more", b"/etc/passwd"):
        with pytest.raises(PathRefused) as refusal:
            open_beneath(root, relative)
        answers.add((refusal.value.status, refusal.value.message))

    assert len(answers) == 1


def test_SEC38_pipes_and_sockets_neither_open_nor_hang(root: Path) -> None:
    os.mkfifo(root / "pipe.cbz")

    with pytest.raises(PathRefused):
        open_beneath(root, b"pipe.cbz")
    handle = open_root(root)
    try:
        for name in (b"pipe.cbz", b"a", b"../secret", b"a/b"):
            with pytest.raises(PathRefused):
                open_file(handle, name)
    finally:
        os.close(handle)


def test_SEC38_a_link_swapped_in_during_the_look_up_is_never_followed(
    root: Path, tmp_path: Path
) -> None:
    stop = threading.Event()
    swapper = threading.Thread(target=swap, args=(root / "a", tmp_path / "outside", stop))
    (root / "a" / "secret").write_bytes(b"inside")
    swapper.start()
    try:
        seen = {attempt(lambda: read(open_beneath(root, b"a/secret"))) for _ in range(3000)}
        deadline = time.monotonic() + 20
        while b"inside" not in seen and time.monotonic() < deadline:
            seen.add(attempt(lambda: read(open_beneath(root, b"a/secret"))))
    finally:
        stop.set()
        swapper.join()

    assert seen <= {b"inside", None}
    assert b"inside" in seen


def swap(folder: Path, outside: Path, stop: threading.Event) -> None:
    """Puts a link to the outside in the folder's place, and back, again and again."""
    aside, link = folder.with_name("aside"), folder.with_name("link")
    while not stop.is_set():
        link.symlink_to(outside)
        folder.rename(aside)
        link.rename(folder)
        folder.unlink()
        aside.rename(folder)


def attempt(look: Callable[[], bytes]) -> bytes | None:
    try:
        return look()
    except PathRefused:
        return None


def test_no_descriptor_is_left_open_by_refusals(root: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    (root / "link").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe")
    for relative in (b"missing", b"link", b"pipe", b"a/missing/x", b"../secret"):
        with pytest.raises(PathRefused):
            open_beneath(root, relative)

    assert len(os.listdir("/proc/self/fd")) == before
