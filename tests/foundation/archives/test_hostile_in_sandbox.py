"""The whole hostile corpus through the sandbox: one reason each, little memory, little time."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.foundation.archives import page_table
from app.foundation.archives.sandbox import SandboxFailure, SandboxPool
from app.foundation.images.deriving import CoverOrder, DeriveOrder, image_pool
from app.foundation.images.recipe import Recipe
from tests.foundation.archives import corpus
from tests.foundation.archives.targets import Found
from tests.patience import Patience

pytestmark = pytest.mark.processes
LIST = "tests.foundation.archives.targets:list_pages"
READ = "tests.foundation.archives.targets:read_pages"
COVER = "app.foundation.images.deriving:make_cover"
DERIVE = "app.foundation.images.deriving:derive"
MOST_RESIDENT_KB = 300 * 1024
MOST_SECONDS = 10


@pytest.fixture(scope="module")
def pool() -> Iterator[SandboxPool]:
    pool = SandboxPool(processes=1)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def images() -> Iterator[SandboxPool]:
    pool = image_pool()
    yield pool
    pool.close()


def highest_resident_kb(pool: SandboxPool) -> int:
    """Over the whole life of the children that live now."""
    lines = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in pool.pids()]
    return sum(int(line.split()[1]) for child in lines for line in child if "VmHWM" in line)


@pytest.mark.parametrize("name", corpus.HOSTILE)
def test_SEC40_hostile_archives_cost_little_and_fail_plainly(
    name: str, pool: SandboxPool, tmp_path: Path
) -> None:
    build, reason = corpus.HOSTILE[name]
    fd = os.open(build(tmp_path), os.O_RDONLY)
    patience = Patience(MOST_SECONDS)
    try:
        with pytest.raises(SandboxFailure) as failure:
            pool.run_sync(LIST, fd, 1 << 20, answer=Found)
    finally:
        os.close(fd)

    assert reason in failure.value.reason
    assert not patience.is_over
    assert 0 < highest_resident_kb(pool) < MOST_RESIDENT_KB


def test_SEC40_one_batch_of_good_and_bad_keeps_each_to_itself(
    pool: SandboxPool, tmp_path: Path
) -> None:
    builders = [build for build, _ in corpus.HOSTILE.values()]
    builders += list(corpus.GOOD.values())
    fds = []
    for number, build in enumerate(builders):
        folder = tmp_path / str(number)
        folder.mkdir()
        fds.append(os.open(build(folder), os.O_RDONLY))
    try:
        answers = pool.run_batch_sync(LIST, [(fd, 1 << 20) for fd in fds], answer=Found)
    finally:
        for fd in fds:
            os.close(fd)

    bad, good = answers[: len(corpus.HOSTILE)], answers[len(corpus.HOSTILE) :]
    assert all(isinstance(answer, SandboxFailure) for answer in bad)
    assert [page_table.count(answer.table) for answer in good if isinstance(answer, Found)] == [
        2
    ] * len(corpus.GOOD)


def test_SEC40_a_bomb_with_a_small_promise_ends_at_its_promise(
    pool: SandboxPool, tmp_path: Path
) -> None:
    fd = os.open(corpus.bomb_with_small_promise(tmp_path), os.O_RDONLY)
    patience = Patience(MOST_SECONDS)
    try:
        with pytest.raises(SandboxFailure, match="another size"):
            pool.run_sync(READ, fd, None, answer=int)
    finally:
        os.close(fd)

    assert not patience.is_over
    assert highest_resident_kb(pool) < MOST_RESIDENT_KB


@pytest.mark.parametrize("size", [(50_000, 50_000), (10_000, 10_000), (2**31 - 1, 1)])
def test_SEC41_huge_pictures_cost_little_and_fail_plainly(
    images: SandboxPool, size: tuple[int, int]
) -> None:
    data = corpus.huge_png_header(*size)
    patience = Patience(MOST_SECONDS)

    for target, order in (
        (COVER, CoverOrder(data=data)),
        (DERIVE, DeriveOrder((Recipe(width=320),), data=data)),
    ):
        with pytest.raises(SandboxFailure, match=r"100 million pixels|damaged|memory"):
            images.run_sync(target, None, order, answer=object)

    assert not patience.is_over
    assert highest_resident_kb(images) < MOST_RESIDENT_KB


def test_SEC41_a_real_picture_of_many_megapixels_is_made_smaller_within_the_limits(
    images: SandboxPool,
) -> None:
    data = corpus.picture("JPEG", (9_000, 11_000))

    made = images.run_sync(COVER, None, CoverOrder(data=data), answer=dict[int, bytes])

    assert sorted(made) == [320, 640]
    assert highest_resident_kb(images) < MOST_RESIDENT_KB
