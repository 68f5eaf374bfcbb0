"""What a screen costs on the wire, as a browser with an empty cache pays it."""

import pytest

from tests.e2e.house import House

pytestmark = [pytest.mark.e2e, pytest.mark.processes, pytest.mark.xdist_group("e2e")]

SCREEN_BYTES, READER_BYTES = 35_000, 20_000
READER = ("reader", "reader from the right", "strip", "end", "last end")


async def test_no_screen_needs_more_than_35_kb_of_code_and_the_reader_20(house: House) -> None:
    heavy = {}
    for name, path in house.places.items():
        async with house.window() as (page, witness):
            await page.goto(path, wait_until="load")
            weight = await witness.weight()
        assert weight, f"{name} has a style sheet"
        if sum(weight.values()) > (READER_BYTES if name in READER else SCREEN_BYTES):
            heavy[name] = weight

    assert heavy == {}


async def test_the_reader_loads_no_htmx(house: House) -> None:
    for name in READER:
        async with house.window() as (page, witness):
            await page.goto(house.places[name], wait_until="load")

            assert not [one.url for one in witness.answers if "htmx" in one.url], name
