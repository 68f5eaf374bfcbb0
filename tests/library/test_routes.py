"""What owners do with libraries on screens, and what managers and readers may not."""

import html
import re
import tempfile
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from app.accounts.models import Role
from app.foundation.queue.models import Job
from app.library.models import Access, Direction, Library, Problem, Root
from tests import factories as make
from tests.browser import another_browser, browser_of
from tests.browsing.markup import Screen, dead_ends

LIST = "/admin/libraries"


@pytest.fixture
def shelves(settings):
    """A folder of this test inside the one that may be offered."""
    folder = Path(tempfile.mkdtemp(dir=settings.library_roots[0]))
    for name in ("manga", "comics"):
        (folder / name).mkdir()
    return folder


@pytest.fixture
async def owner(client, session):
    return await browser_of(client, session, await make.admin(session))


async def libraries(session) -> dict[str, Library]:
    return {row.name: row for row in await session.scalars(select(Library))}


async def test_an_owner_adds_a_library_and_its_scan_is_queued(session, owner, shelves):
    form = {"name": "Manga", "folders": str(shelves / "manga"), "direction": "ltr"}

    answer = await owner.post(f"{LIST}/new", {**form, "language": "en", "unrated_is_adult": "on"})

    made = (await libraries(session))["Manga"]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/libraries/{made.id}")
    assert (made.direction, made.language) == (Direction.LEFT_TO_RIGHT, "en")
    assert made.unrated_is_adult
    jobs = (await session.execute(select(Job.kind, Job.key))).all()
    assert jobs == [("scan_library", str(made.id))]
    assert "Added “Manga”" in (await owner.get(answer.headers["location"])).text


async def test_with_htmx_a_new_library_leads_to_its_shelf_as_a_whole(session, owner, shelves):
    form = {"name": "Manga", "folders": str(shelves / "manga")}

    answer = await owner.post(f"{LIST}/new", form, htmx=True)

    made = (await libraries(session))["Manga"]
    assert answer.headers["hx-redirect"] == f"/libraries/{made.id}"


@pytest.mark.parametrize("htmx", [False, True])
async def test_all_mistakes_are_shown_at_once_and_what_was_typed_is_kept(
    session, owner, shelves, htmx
):
    form = {"name": " ", "folders": "/etc", "language": "x" * 40, "direction": "vertical"}

    answer = await owner.post(f"{LIST}/new", form, htmx=htmx)

    assert answer.status_code == 422
    screen = Screen(answer.text)
    assert "Give the library a name." in screen.text
    assert "Folders can be chosen inside" in screen.text
    assert "/etc" in answer.text and "x" * 40 in answer.text
    assert re.search(r'value="vertical"[^>]*selected', answer.text)
    assert await libraries(session) == {}


async def test_a_name_and_a_folder_belong_to_one_library(session, owner, shelves):
    await owner.post(f"{LIST}/new", {"name": "Manga", "folders": str(shelves / "manga")})

    same_name = {"name": "Manga", "folders": str(shelves / "comics")}
    same_folder = {"name": "Other", "folders": str(shelves / "manga")}

    for form, words in ((same_name, "There is already a library"), (same_folder, "in one another")):
        answer = await owner.post(f"{LIST}/new", form)
        assert answer.status_code == 422
        assert words in html.unescape(answer.text)
    assert list(await libraries(session)) == ["Manga"]


def offers(answer, name, folder):
    return re.search(f'name="{name}"[^>]* value="{re.escape(str(folder))}"', answer.text)


async def test_folders_are_chosen_step_by_step_without_scripts(session, owner, shelves):
    typed = {"name": "My shelf", "folders": "", "language": "ja"}

    inside = await owner.post(f"{LIST}/new", {**typed, "browse": str(shelves)})
    deeper = await owner.post(f"{LIST}/new", {**typed, "browse": str(shelves / "manga")})
    chosen = await owner.post(f"{LIST}/new", {**typed, "choose": str(shelves / "manga")})

    assert offers(inside, "browse", shelves / "manga")
    assert offers(inside, "browse", shelves / "comics")
    assert offers(deeper, "browse", shelves), "the way up"
    assert offers(deeper, "choose", shelves / "manga")
    assert f"{shelves / 'manga'}</textarea>" in chosen.text
    for answer in (inside, deeper, chosen):
        assert answer.status_code == 200
        assert 'value="My shelf"' in answer.text and 'value="ja"' in answer.text
    assert await libraries(session) == {}


async def test_a_home_with_bunkos_own_data_in_it_is_walked_through_but_not_added(
    app, owner, tmp_path, monkeypatch
):
    """As with no settings at all: the data lies below the home folder that is offered."""
    monkeypatch.setenv("HOME", str(tmp_path))
    data, manga = tmp_path / ".local" / "share" / "bunko", tmp_path / "manga"
    for folder in (data, manga):
        folder.mkdir(parents=True)
    settings = msgspec.structs.replace(app.state.settings, data_dir=data, library_roots=())
    monkeypatch.setitem(app.state, "settings", settings)
    typed = {"name": "Manga", "folders": ""}

    home = await owner.post(f"{LIST}/new", {**typed, "browse": str(tmp_path)})
    below = await owner.post(f"{LIST}/new", {**typed, "browse": str(manga)})
    added = await owner.post(f"{LIST}/new", {**typed, "folders": str(tmp_path)})

    assert home.status_code == 200
    assert offers(home, "browse", manga)
    assert not offers(home, "choose", tmp_path)
    assert offers(below, "choose", manga)
    assert added.status_code == 422
    assert "keeps its own data there" in added.text


async def test_a_chosen_folder_names_a_library_that_has_no_name_yet(owner, shelves):
    answer = await owner.post(f"{LIST}/new", {"choose": str(shelves / "comics")})

    assert 'value="comics"' in answer.text


async def test_enter_in_a_field_saves_and_opens_no_folder(owner):
    for_new = (await owner.get(f"{LIST}/new")).text
    form = for_new[for_new.index(f'action="{LIST}/new"') :]

    first_button = re.search(r"<button[^>]*>", form)
    assert first_button is not None
    assert "name=" not in first_button.group()


@pytest.mark.parametrize("field", ["browse", "choose", "folders"])
@pytest.mark.parametrize(
    "place",
    [
        "/etc",
        "/",
        "/proc/self/root",
        "{offered}/..",
        "{offered}/../../etc",
        "relative",
        "{offered}/link",
        "{offered}/nowhere",
        "{offered}/a\x00b",
        "~root",
    ],
)
async def test_SEC38_places_outside_the_offered_ones_are_refused(
    session, owner, shelves, field, place
):
    (shelves / "link").symlink_to("/etc")
    asked = place.format(offered=shelves)
    if place == "{offered}/..":
        asked = f"{shelves}/../.."

    answer = await owner.post(f"{LIST}/new", {"name": "Manga", field: asked})
    if field == "choose":
        # Choosing only fills in the form; saving it is what counts.
        answer = await owner.post(f"{LIST}/new", {"name": "Manga", "folders": asked})

    assert answer.status_code == 422
    assert "hosts" not in answer.text and "passwd" not in answer.text
    assert await libraries(session) == {}


async def test_a_library_is_changed_and_scanned_anew(session, owner, shelves):
    await owner.post(f"{LIST}/new", {"name": "Manga", "folders": str(shelves / "manga")})
    made = (await libraries(session))["Manga"]
    both = f"{shelves / 'manga'}\r\n{shelves / 'comics'}"

    answer = await owner.post(f"{LIST}/{made.id}", {"name": "Everything", "folders": both})

    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}/{made.id}")
    await session.refresh(made)
    assert made.name == "Everything"
    assert await session.scalar(select(func.count()).select_from(Root)) == 2
    assert str(shelves / "comics") in (await owner.get(f"{LIST}/{made.id}")).text


async def test_a_wrong_change_keeps_the_library_as_it_was(session, owner, shelves):
    await owner.post(f"{LIST}/new", {"name": "Manga", "folders": str(shelves / "manga")})
    made = (await libraries(session))["Manga"]

    answer = await owner.post(f"{LIST}/{made.id}", {"name": "", "folders": ""})

    assert answer.status_code == 422
    assert "Give the library a name." in answer.text
    assert "Choose at least one folder." in answer.text
    await session.refresh(made)
    assert made.name == "Manga"


async def test_SEC23_access_counts_with_the_next_request(app, session, owner):
    shelf = await make.library(session)
    reader = await make.alice(session)
    async with another_browser(app, session, reader) as browser:
        assert (await browser.get(f"/libraries/{shelf.id}")).status_code == 404

        given = await owner.post(f"{LIST}/{shelf.id}/access", {"people": str(reader.id)})
        assert given.status_code == 303
        assert (await browser.get(f"/libraries/{shelf.id}")).status_code == 200

        await owner.post(f"{LIST}/{shelf.id}/access")
        assert (await browser.get(f"/libraries/{shelf.id}")).status_code == 404


async def test_access_is_given_to_people_that_exist_and_to_no_owner(session, owner):
    shelf = await make.library(session)
    second = await make.person(session, "second", Role.OWNER)
    ids = [str(second.id), str(shelf.id)]

    answer = await owner.post(f"{LIST}/{shelf.id}/access", {"people": ids})

    assert answer.status_code == 303
    assert await session.scalar(select(func.count()).select_from(Access)) == 0


async def test_removal_asks_first_and_leaves_the_files(session, owner, shelves):
    (shelves / "manga" / "a.cbz").write_bytes(b"bytes")
    await owner.post(f"{LIST}/new", {"name": "Manga", "folders": str(shelves / "manga")})
    made = (await libraries(session))["Manga"]

    asked = await owner.get(f"{LIST}/{made.id}/remove")
    assert "The files stay on disk" in asked.text
    assert "Manga" in await libraries(session)
    answer = await owner.post(f"{LIST}/{made.id}/remove")

    assert (answer.status_code, answer.headers["location"]) == (303, LIST)
    assert await libraries(session) == {}
    assert (shelves / "manga" / "a.cbz").read_bytes() == b"bytes"


async def test_problems_are_listed_in_plain_words_a_hundred_at_a_time(session, owner):
    shelf = await make.library(session)
    root = await session.scalar(select(Root))
    session.add_all(
        Problem(
            library_id=shelf.id,
            root_id=root.id,
            path=b"%d" % number,
            display_name=f"broken {number}.cbz",
            kind="damaged",
            reason="The archive ends too early.",
        )
        for number in range(105)
    )
    await session.commit()

    first = Screen((await owner.get(f"{LIST}/{shelf.id}/problems")).text)
    onwards = next(link for link in first.links if "after=" in link)
    second = Screen((await owner.get(onwards)).text)

    assert first.text.count("The archive ends too early.") == 100
    assert second.text.count("The archive ends too early.") == 5
    assert not [link for link in second.links if "after=" in link]


async def test_a_manager_scans_and_sees_problems_of_libraries_given_to_him_only(client, session):
    manager = await make.charlie(session)
    mine, other = await make.library(session, "Manga"), await make.library(session, "Comics")
    await make.let_in(session, manager, mine)
    browser = await browser_of(client, session, manager)

    scanned = await browser.post(f"{LIST}/{mine.id}/scan")

    assert (scanned.status_code, scanned.headers["location"]) == (303, f"/libraries/{mine.id}")
    assert (await browser.get(f"{LIST}/{mine.id}/problems")).status_code == 200
    assert (await browser.post(f"{LIST}/{other.id}/scan")).status_code == 404
    assert (await browser.get(f"{LIST}/{other.id}/problems")).status_code == 404


@pytest.mark.parametrize("role", [Role.READER, Role.MANAGER])
async def test_SEC31_only_owners_administer_libraries(client, session, shelves, role):
    person = await make.person(session, "dora", role)
    shelf = await make.library(session)
    await make.let_in(session, person, shelf)
    browser = await browser_of(client, session, person)
    one = f"{LIST}/{shelf.id}"

    for address in (LIST, f"{LIST}/new", one, f"{one}/remove"):
        assert (await browser.get(address)).status_code in (403, 404), address
    for address in (f"{LIST}/new", one, f"{one}/access", f"{one}/remove"):
        form = {"name": "Mine", "folders": str(shelves / "manga"), "people": str(person.id)}
        assert (await browser.post(address, form)).status_code in (403, 404), address
    assert list(await libraries(session)) == ["Manga"]


async def test_a_reader_cannot_start_scans(client, session):
    reader, shelf = await make.alice(session), await make.library(session)
    await make.let_in(session, reader, shelf)
    browser = await browser_of(client, session, reader)

    assert (await browser.post(f"{LIST}/{shelf.id}/scan")).status_code in (403, 404)
    assert await session.scalar(select(func.count()).select_from(Job)) == 0


async def test_every_link_and_form_of_the_administration_leads_somewhere(session, owner, shelves):
    await owner.post(f"{LIST}/new", {"name": "Manga", "folders": str(shelves / "manga")})
    made = (await libraries(session))["Manga"]
    await make.alice(session)
    one = f"{LIST}/{made.id}"

    for address in (LIST, f"{LIST}/new", one, f"{one}/problems", f"{one}/remove"):
        screen = Screen((await owner.get(address)).text)
        assert await dead_ends(owner, screen) == [], address


async def test_SEC35_unknown_libraries_and_odd_addresses_are_not_found(session, owner):
    nobody = "01890000-0000-7000-8000-000000000000"
    for address in (f"{LIST}/{nobody}", f"{LIST}/{nobody}/problems", f"{LIST}/xyz"):
        assert (await owner.get(address)).status_code == 404


async def test_SEC34_unknown_fields_change_nothing(session, owner, shelves):
    form = {"name": "Manga", "folders": str(shelves / "manga")}
    for column in ("id", "series_total", "read_only", "created_at", "sort_key"):
        answer = await owner.post(f"{LIST}/new", {**form, column: "1"})
        assert answer.status_code == 422, column
    assert await libraries(session) == {}


async def test_an_owner_chooses_when_a_library_is_scanned_by_itself(session, owner, shelves):
    form = {"name": "Manga", "folders": str(shelves / "manga")}
    await owner.post(f"{LIST}/new", {**form, "watch": "on", "scan_every_hours": "6"})
    made = (await libraries(session))["Manga"]
    first = (made.watch, made.scan_every_hours)
    screen = (await owner.get(f"{LIST}/{made.id}")).text

    await owner.post(f"{LIST}/{made.id}", {**form, "scan_every_hours": "0"})
    await session.refresh(made)
    wrong = await owner.post(f"{LIST}/{made.id}", {**form, "scan_every_hours": "9999"})

    assert first == (True, 6)
    assert re.search(r'name="watch" value="1"[^>]* checked', screen)
    assert re.search(r'name="scan_every_hours"[^>]* value="6"', screen)
    assert (made.watch, made.scan_every_hours) == (False, 0)
    assert wrong.status_code == 422
    assert 'id="f-scan_every_hours-wrong"' in wrong.text
