"""What a screen costs on the wire, as a browser with an empty cache pays it."""

import pytest

from tests.e2e.house import House
from tests.e2e.survey import Survey

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

SCREEN_BYTES, READER_BYTES = 35_000, 20_000
READER = ("reader", "reader from the right", "strip", "end", "last end")


def test_no_screen_needs_more_than_35_kb_of_code_and_the_reader_20(seen: Survey) -> None:
    heavy = {}
    for name, weight in seen.code.items():
        assert weight, f"{name} has a style sheet"
        if sum(weight.values()) > (READER_BYTES if name in READER else SCREEN_BYTES):
            heavy[name] = weight

    assert heavy == {}


async def test_the_reader_loads_no_htmx(house: House) -> None:
    async with house.window() as (page, witness):
        for name in READER:
            await page.goto(house.places[name], wait_until="load")

        asked = [one.url for one in witness.answers]
    assert any("reader" in url for url in asked)
    assert not [url for url in asked if "htmx" in url]
