"""No screen breaks a rule of axe-core, in any theme."""

import hashlib
from pathlib import Path

import pytest

from tests.e2e import axe, steps
from tests.e2e.house import DESK, PHONE, House
from tests.e2e.survey import Survey
from tests.e2e.test_layout import more_places

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

THEMES = ("light", "dark", "sepia", "e-ink")


def test_every_screen_passes_axe(seen: Survey) -> None:
    assert seen.rules == []


@pytest.mark.night
@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("theme", THEMES)
async def test_every_screen_passes_axe_in_every_theme(
    house: House, theme: str, size: tuple[int, int]
) -> None:
    faults = []
    async with house.window(size) as (page, _):
        for name, path in {**house.places, **more_places(house)}.items():
            await page.goto(path)
            await axe.wear(page, theme)
            faults += [f"{name}: {one}" for one in await axe.violations(page)]

    assert faults == []


async def test_signing_in_and_its_mistakes_pass_axe(house: House) -> None:
    faults = []
    async with house.window(PHONE, owner=False) as (page, _):
        for path in ("/login", "/nowhere"):
            await page.goto(path)
            faults += await axe.violations_by_day_and_night(page)
        await steps.sign_in(page, house.origin, "nobody", "not the password")
        await page.get_by_text("Not signed in").wait_for()
        faults += await axe.violations(page)

    assert faults == []


def test_axe_is_the_published_file() -> None:
    digest, name = (axe.SOURCE.parent / "CHECKSUMS").read_text().split()

    assert name == axe.SOURCE.name
    assert hashlib.sha256(Path(axe.SOURCE).read_bytes()).hexdigest() == digest
