import re
from dataclasses import dataclass
from html import unescape

import pytest

from app.accounts.models import User
from app.library.models import Series
from tests import factories as make
from tests.browser import Browser, browser_of
from tests.scanning.conftest import Shelf, pool, shelf
from tests.scanning.shelves import cbz, info
from tests.security.crawling import elements

__all__ = ["pool", "shelf"]


@dataclass
class Desk:
    """A scanned series, and a manager who edits it."""

    shelf: Shelf
    manager: User
    browser: Browser
    series_id: object

    @property
    def path(self) -> str:
        return f"/series/{self.series_id}/edit"

    async def series(self) -> Series:
        self.shelf.session.expunge_all()
        [series] = await self.shelf.all_series()
        return series

    async def form(self) -> dict[str, object]:
        """What a browser would send of the form as it is shown."""
        answer = await self.browser.get(self.path)
        assert answer.status_code == 200, answer.text[:500]
        return fields_of(answer)

    async def save(self, **changes: object):
        return await self.browser.post(self.path, {**await self.form(), **changes})


def fields_of(answer) -> dict[str, object]:
    """The fields of the main form, as a browser without scripts reads them."""
    form: dict[str, object] = {}
    kept: dict[str, list[str]] = {}
    for element in elements(answer):
        at = element.attributes
        name, value = at.get("name", ""), unescape(at.get("value", ""))
        if element.name != "input" or not name or name in ("csrf_token", "q", "next"):
            continue
        if at.get("type") in ("checkbox", "radio") and "checked" not in at:
            continue
        if name in ("keep", "was_kept"):
            kept.setdefault(name, []).append(value)
        else:
            form[name] = value
    for name, body in re.findall(
        r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', answer.text, re.S
    ):
        form[name] = unescape(body)
    for name, body in re.findall(
        r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', answer.text, re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', body)
        form[name] = unescape(chosen[1]) if chosen else re.search(r'value="([^"]*)"', body)[1]
    return {**form, **kept}


@pytest.fixture
async def desk(shelf, session, client) -> Desk:
    said = {"Summary": "Neon rain.", "Genre": "Action, Noir", "Writer": "Aki", "Year": 1999}
    for number in (1, 2):
        cbz(
            shelf.path / "Iron Lantern" / f"Iron Lantern c00{number}.cbz",
            comicinfo=info(Series="Iron Lantern", **said),
        )
    await shelf.scan()
    [series] = await shelf.all_series()
    manager = await make.charlie(session)
    await make.let_in(session, manager, shelf.library)
    return Desk(shelf, manager, await browser_of(client, session, manager), series.id)
