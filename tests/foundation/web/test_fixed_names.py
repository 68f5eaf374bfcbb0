"""What stands under names that nobody chooses."""

from tests.foundation.web.conftest import Make, browser


async def test_crawlers_are_asked_to_leave(make_app: Make) -> None:
    async with browser(make_app()) as client:
        answer = await client.get("/robots.txt")

    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "User-agent: *\nDisallow: /\n"


async def test_a_phone_puts_bunko_on_its_home_screen(make_app: Make) -> None:
    async with browser(make_app()) as client:
        answer = await client.get("/manifest.webmanifest")
        told = answer.json()
        icons = [await client.get(icon["src"]) for icon in told["icons"]]

    assert answer.headers["content-type"] == "application/manifest+json"
    assert "set-cookie" not in answer.headers
    assert (told["name"], told["start_url"], told["display"]) == ("Bunko", "/", "standalone")
    assert {icon.headers["content-type"] for icon in icons} == {"image/png"}
