"""What a screen costs on the wire, as a browser with an empty cache pays it."""

import pytest

from tests.e2e.house import House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

SCREEN_BYTES, READER_BYTES = 35_000, 20_000
READER = ("reader", "reader from the right", "strip", "end", "last end")
# The packed size of each script and style sheet; a cached file tells the size it came with.
_CODE = """() => Object.fromEntries(performance.getEntriesByType('resource')
  .filter(file => /\\.(js|css)$/.test(file.name))
  .map(file => [file.name, file.encodedBodySize]))"""


async def test_no_screen_needs_more_than_35_kb_of_code_and_the_reader_20(house: House) -> None:
    heavy = {}
    async with house.window() as (page, _):
        for name, path in house.places.items():
            await page.goto(path, wait_until="load")
            weight = await page.evaluate(_CODE)
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
