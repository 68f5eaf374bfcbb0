from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.chaos.place import Ledger, Place, a_place
from tests.nursery import Nursery


@pytest.fixture(scope="session")
async def house_of_faults(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Place, Ledger]]:
    async with a_place(Place(tmp_path_factory.mktemp("faults"), migrated)) as both:
        yield both


@pytest.fixture(scope="module")
def all_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path_factory.mktemp("workers"))
    yield nursery
    nursery.close()


@pytest.fixture
async def nursery(all_workers: Nursery) -> AsyncIterator[Nursery]:
    yield all_workers
    await all_workers.empty()
