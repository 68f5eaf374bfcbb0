"""The driver that docs/providers.md shows is installed as a package would be, and does what it says."""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from importlib import invalidate_caches
from pathlib import Path

import pytest

from app.foundation.http import LocalPace
from app.providers import registry
from app.providers.base import Capability, Driver, RemoteChapter, RemoteSeries, Wish
from app.providers.errors import NotThere, Unexpected
from tests.providers.faking import Answer, Asked, Fake, on_loopback

DOCS = Path(__file__).parents[2] / "docs" / "providers.md"


class PaperShelfSite(Fake):
    def answer(self, asked: Asked) -> Answer:
        match asked.path.strip("/").split("/"):
            case ["series.json"]:
                return Answer(body={"a": "Above\u202e", "b": "Below"})
            case ["a", "chapters.json"]:
                return Answer(body=["1", "1.5"])
            case ["pages", "a-1.json"]:
                return Answer(body=["x.png", "y.png"])
            case ["files", name]:
                return Answer(body=name.encode())
        return Answer(404)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[str]:
    """As pip leaves a package: its module, and the entry points of its metadata."""
    source = re.search(r"```python\n# paper_shelf\.py\n(.*?)```", DOCS.read_text(), re.DOTALL)
    entry = re.search(r'entry-points\."(.*?)"\]\n(.*?)\n```', DOCS.read_text(), re.DOTALL)
    assert source and entry
    (tmp_path / "paper_shelf.py").write_text(source[1])
    metadata = tmp_path / "paper_shelf-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: paper-shelf\nVersion: 1.0\n")
    words = entry[2].replace('"', "")
    (metadata / "entry_points.txt").write_text(f"[{entry[1]}]\n{words}\n")
    sys.path.insert(0, str(tmp_path))
    invalidate_caches()
    registry.driver_names.cache_clear()
    yield source[1]
    sys.path.remove(str(tmp_path))
    sys.modules.pop("paper_shelf", None)
    registry.driver_names.cache_clear()


@pytest.fixture
async def opened(installed: str) -> AsyncIterator[tuple[Driver, Fake]]:
    site = PaperShelfSite()
    async with on_loopback(site) as site.port:
        options = registry.read_options("papershelf", {"url": site.url})
        allowed = frozenset({registry.parse_port(f"127.0.0.1:{site.port}")})
        driver = registry.open_driver("papershelf", options, LocalPace(), allowed)
        yield driver, site
        await driver.out.aclose()


async def test_the_documented_plug_in_is_found_and_runs(opened) -> None:
    driver, _site = opened

    found = await driver.search(Wish(text="abo"))
    chapters = await driver.chapters(found.series[0].remote_id)
    pages = await driver.pages(chapters[0].remote_id)
    first = await driver.page(pages.pages[0])

    assert found.series == [await driver.series("a")]
    assert [one.number for one in chapters] == [Decimal(1), Decimal("1.5")]
    assert first == b"x.png" and len(pages.pages) == 2
    assert len((await driver.latest(Wish())).series) == 2
    assert Capability.POPULAR not in driver.capabilities


async def test_what_it_has_not_is_said_in_words(opened) -> None:
    driver, site = opened

    for ask in (driver.series, driver.chapters, driver.pages):
        with pytest.raises(NotThere, match="Paper Shelf"):
            await ask("nobody")
    with pytest.raises(NotThere):
        await driver.pages("../../secret")
    assert "/pages/../../secret.json" in site.asked[-1].path
    site.trouble("503-html")
    with pytest.raises(Unexpected):
        await driver.search(Wish())


def test_its_example_is_about_forty_lines(installed: str) -> None:
    lines = [line for line in installed.splitlines() if line.strip()]

    assert len(lines) <= 45


@pytest.mark.parametrize("text", ["Iron\x00 Lantern", "Iron \ud800Lantern"])
def test_a_text_that_nothing_can_hold_is_said_before_anybody_keeps_it(text: str) -> None:
    with pytest.raises(Unexpected, match="cannot be one"):
        RemoteChapter(remote_id="1", title=text)
    with pytest.raises(Unexpected, match="cannot be one"):
        RemoteSeries(remote_id="1", title=text)
