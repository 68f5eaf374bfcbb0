"""The description of the API, drawn by programs of others that may ask nobody but us."""

import pytest

from tests.e2e.house import House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
async def test_SEC28_it_is_drawn_within_its_policy_and_asks_no_stranger(
    house: House, path: str
) -> None:
    async with house.window() as (page, _):  # its witness must have seen no fault
        await page.goto(path)
        drawn = page.get_by_text("Exchange an app password for tokens").locator("visible=true")
        await drawn.first.wait_for()


async def test_without_scripts_it_says_where_to_read_it(house: House) -> None:
    async with house.window(scripts=False) as (page, _):
        await page.goto("/api/docs")
        await page.locator("noscript p").wait_for()
