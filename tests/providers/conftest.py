from collections.abc import AsyncIterator

import pytest

from app.config import Settings
from app.foundation.http import LocalPace
from app.providers import opening
from app.providers.opening import Opened


@pytest.fixture
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    """What this process opened; what another had opened takes its place again afterwards."""
    before = opening._opened
    mine = Opened(settings, LocalPace())
    opening.appoint(mine)
    yield mine
    opening.appoint(before)
    await mine.close()
