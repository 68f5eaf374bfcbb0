from collections.abc import Iterator

import pytest

from app.auth import hashing
from app.foundation.web import settings

PASSWORD = "seven lanterns by the river"


@pytest.fixture(autouse=True)
def cheap_hash() -> Iterator[None]:
    hashing.use_cost(hashing.Cost(time=1, memory_kib=8))
    yield
    hashing.use_cost(hashing.Cost())
    settings._kept.clear()
