"""Everything that is released of a series, page by page, however much that is."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.downloads.releases_list import Wish, releases_of
from app.downloads.updates import Only, updates
from app.library.models import Series
from app.providers.models import Keep
from tests import factories
from tests.browser import browser_of
from tests.downloads import rows
from tests.downloads.conftest import remote
from tests.reading.counting import statements

MANY = text("""
    INSERT INTO release (id, source_id, remote_id, number_text, number, title, language, groups, seen_at)
    SELECT gen_random_uuid(), :source, 'many ' || n, n::text, n, '', 'en', '{}',
        now() + n * interval '1 second'
    FROM generate_series(CAST(:low AS int), CAST(:high AS int)) AS n
""")


async def walked(browser, href: str) -> list[str]:
    seen: list[str] = []
    while href:
        screen = (await browser.get(href)).text
        seen += re.findall(r'id="release-([0-9a-f-]+)"', screen)
        onward = re.search(r'href="(/series/[^"]*after=[^"]*)"', screen)
        href = onward[1].replace("&amp;", "&") if onward else ""
    return seen


async def test_every_release_of_every_source_stands_there_once(client, desk, session, app):
    source = await desk.follow(keep=Keep.NONE)
    odd = [remote(f"x{n}", "Extra") for n in range(70)]
    await desk.look(source, *odd, *(remote(str(n)) for n in range(1, 80)))
    series = await session.get_one(Series, source.series_id)
    other = await rows.a_source(session, series, await rows.a_provider(session))
    await rows.releases(session, other, *range(1, 30), groups=["Others"])
    browser = await browser_of(client, session, desk.manager)
    path = f"/series/{series.id}/releases"

    with statements(app.state.engine) as said:
        await browser.get(path)
    seen = await walked(browser, path)

    assert len(seen) == len(set(seen)) == 70 + 79 + 29
    assert len(said) <= 9, said
    assert len(await walked(browser, f"{path}?source={other.id}")) == 29
    for odd_one in ("source=odd", "after=nonsense", "language=%00"):
        assert (await browser.get(f"{path}?{odd_one}")).status_code == 200


async def test_who_may_not_see_the_series_sees_no_release_of_it(client, desk, session):
    source = await desk.follow()
    await desk.look(source, remote("1"))
    stranger = await browser_of(client, session, await factories.bob(session))

    answer = await stranger.get(f"/series/{source.series_id}/releases")

    assert answer.status_code in (403, 404)


@pytest.mark.parametrize("many", [3000, pytest.param(100_000, marks=pytest.mark.night)])
async def test_of_very_many_releases_few_are_read(desk, session, many):
    source = await desk.follow(keep=Keep.NONE)
    for low in range(1, many, 1000):
        await session.execute(MANY, {"source": source.id, "low": low, "high": low + 999})
    await session.execute(text("ANALYZE release"))
    # On a table this small Postgres may as well walk it: what matters is that it need not.
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    last = await session.scalar(text("SELECT id FROM release WHERE number = 1500"))
    wish = Wish([source.id])

    async def first() -> object:
        return await releases_of(session, desk.manager, wish, after=None, limit=61)

    async def later() -> object:
        return await releases_of(session, desk.manager, wish, after=(Decimal(1500), last), limit=61)

    async def news() -> object:
        return await updates(session, desk.manager, Only.ALL, None, 60)

    read = {ask.__name__: await fetched_by(session, ask) for ask in (first, later, news)}

    assert max(read.values()) < 5000, read


async def fetched_by(session, ask) -> int:
    """Rows that Postgres took from the table of releases, of this transaction."""
    counted = text(
        "SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(oid)"
        " + pg_stat_get_xact_tuples_fetched(oid)), 0)"
        " FROM pg_class WHERE relname IN ('release', 'ix_release_number', 'ix_release_seen')"
    )
    before = await session.scalar(counted)
    await ask()
    return int(await session.scalar(counted) - before)
