"""Series that belong together."""

import pytest

from app.library.grams import document_of
from app.library.models import SearchDocument
from app.metadata.models import RelationKind
from tests import factories as make
from tests.browser import another_browser, browser_of


@pytest.fixture
async def family(session, client):
    """Akira and Domu in one library, Zanzibar in another; the browser of a manager of the first."""
    manga, other = await make.library(session, "Manga"), await make.library(session, "Other")
    series = [
        await make.series(session, manga, "Akira"),
        await make.series(session, manga, "Domu"),
        await make.series(session, other, "Zanzibar"),
    ]
    for one in series:
        row = {"kind": "series", "id": one.id, "library_id": one.library_id}
        session.add(SearchDocument(**row, **document_of(one.title, [], [])._asdict()))
    manager = await make.charlie(session)
    await make.let_in(session, manager, manga)
    return *series, await browser_of(client, session, manager)


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_sequel_is_shown_on_both_series(family, htmx):
    akira, domu, _, browser = family
    path = f"/series/{akira.id}/edit/related"
    found = await browser.get(f"{path}?q=dom")
    assert f'value="{domu.id}"' in found.text

    answer = await browser.post(path, {"other": str(domu.id), "kind": "sequel"}, htmx=htmx)

    assert answer.status_code == (200 if htmx else 303)
    there, back = await browser.get(f"/series/{akira.id}"), await browser.get(f"/series/{domu.id}")
    assert f'href="/series/{domu.id}"' in there.text and "Sequel" in there.text
    assert f'href="/series/{akira.id}"' in back.text and "Prequel" in back.text


async def test_a_pair_has_one_relation_whichever_way_it_is_said(family):
    akira, domu, _, browser = family
    await browser.post(f"/series/{akira.id}/edit/related", {"other": domu.id, "kind": "sequel"})

    await browser.post(f"/series/{domu.id}/edit/related", {"other": akira.id, "kind": "spin_off"})

    screen = (await browser.get(f"/series/{akira.id}/edit/related")).text
    assert "Main story" in screen and '<span class="line-sub">Sequel' not in screen


async def test_what_is_removed_comes_back_by_undo(family):
    akira, domu, _, browser = family
    path = f"/series/{akira.id}/edit/related"
    await browser.post(path, {"other": domu.id, "kind": "adaptation"})

    removed = await browser.post(f"{path}/{domu.id}/remove")
    screen = (await browser.get(removed.headers["location"])).text
    undo = screen.partition(f'action="{path}/{domu.id}/restore')[2].partition('"')[0]
    await browser.post(f"{path}/{domu.id}/restore{undo}")

    assert "Adaptation</span>" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/{akira.id}/remove")).status_code == 422


async def test_SEC33_neither_end_tells_of_a_series_one_may_not_see(family, app, session):
    akira, _, hidden, browser = family
    path = f"/series/{akira.id}/edit/related"
    assert (await browser.post(path, {"other": hidden.id, "kind": "sequel"})).status_code == 404
    assert "Zanzibar" not in (await browser.get(f"{path}?q=zanz")).text.replace('value="zanz"', "")
    owner = await make.admin(session)
    async with another_browser(app, session, owner) as other:
        await other.post(path, {"other": hidden.id, "kind": "sequel"})
        assert "Zanzibar" in (await other.get(f"/series/{akira.id}")).text

    for address in (f"/series/{akira.id}", path):
        assert "Zanzibar" not in (await browser.get(address)).text
    assert (await browser.post(f"{path}/{hidden.id}/remove")).status_code == 404


@pytest.mark.parametrize("asked", ["%", "_", "x" * 10_000, "\x00", "'", "💥", "a|b"])
async def test_odd_words_are_looked_for_and_not_found(family, asked):
    akira, *_, browser = family

    answer = await browser.get(f"/series/{akira.id}/edit/related", params={"q": asked})

    assert answer.status_code == 200


async def test_a_kind_that_there_is_not_is_refused(family):
    akira, domu, _, browser = family
    path = f"/series/{akira.id}/edit/related"

    assert (await browser.post(path, {"other": domu.id, "kind": "uncle"})).status_code == 422
    assert (await browser.post(f"{path}/{domu.id}/restore?kind=uncle")).status_code == 422
    assert {kind.value for kind in RelationKind} >= {"sequel", "prequel"}
