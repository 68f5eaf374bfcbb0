"""`/admin/libraries/…`: what owners do with libraries, their folders, access and problems."""

from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.accounts.models import User
from app.auth.events import SecurityEvent, What, Words, by
from app.config import Settings
from app.errors import DomainError, Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library import person_routes, problem_routes, trash_routes
from app.library.events import ScanWanted
from app.library.folders import FolderView, checked_folder, look_into, offered_roots
from app.library.forms import AccessForm, LibraryForm
from app.library.models import Direction, Library
from app.library.problems import problems_of
from app.library.queries import people_of
from app.library.service import AllLibraries, NameTaken

LIST = "/admin/libraries"


class LibraryAdmin(Controller):
    path = LIST
    opt = {"policy": Policy.OWNER}

    @get("", name="library.list")
    async def list_libraries(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        libraries = await AllLibraries(session).all_for(person)
        return show(request, "library/list.html", libraries=libraries)

    @get("/new", name="library.new")
    async def new_library(self, request: HTMXRequest) -> Response[Any]:
        return _form_screen(request, Form.blank(LibraryForm))

    @post("/new", name="library.create", status_code=200)
    async def create_library(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, LibraryForm)
        library = None if _is_picking(form) else await _save(request, form, session)
        if library is None:
            return _form_screen(request, form)
        await _tell(request, session, What.LIBRARY_ADDED, library)
        await events.publish(session, ScanWanted(library.id, person.id))
        return done(
            request,
            then=f"/libraries/{library.id}",
            flash=_("Added “%(name)s”. It fills while the scan runs.", name=library.name),
        )

    @get("/{library_id:uuid}", name="library.edit")
    async def edit_library(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        return await _edit_screen(request, session, library, _form_of(library))

    @post("/{library_id:uuid}", name="library.change", status_code=200)
    async def change_library(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        form = await Form.read(request, LibraryForm)
        if _is_picking(form) or await _save(request, form, session, library) is None:
            return await _edit_screen(request, session, library, form)
        await events.publish(session, ScanWanted(library.id, person.id))
        return done(request, then=f"{LIST}/{library.id}", flash=_("Saved."))

    @post("/{library_id:uuid}/access", name="library.access")
    async def change_access(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        form = await Form.read(request, AccessForm)
        if form.value is None:
            raise Invalid("This form sent something that Bunko does not know.")
        people = await people_of(session, library)
        before = {row.user.id for row in people if row.has_access}
        after = {row.user.id for row in people}.intersection(form.value.people)
        await AllLibraries(session).let_in(library, after)
        for user_id in before ^ after:
            given = user_id in after
            await _tell(request, session, What.ACCESS_CHANGED, library, user_id, given=given)
        return done(request, then=f"{LIST}/{library.id}", flash=_("Access saved."))

    @post("/{library_id:uuid}/scan", name="library.scan", opt={"policy": Policy.MANAGER})
    async def scan_library(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        await events.publish(session, ScanWanted(library.id, person.id))
        return done(
            request,
            then=f"/libraries/{library.id}",
            flash=_("The scan of “%(name)s” is on its way.", name=library.name),
        )

    @get("/{library_id:uuid}/remove", name="library.confirm_removal")
    async def confirm_removal(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        return show(request, "library/remove.html", library=library)

    @post("/{library_id:uuid}/remove", name="library.remove")
    async def remove_library(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        libraries = AllLibraries(session)
        library = await libraries.one_for(person, library_id)
        await libraries.remove(library)
        await _tell(request, session, What.LIBRARY_REMOVED, library)
        text = _("Removed “%(name)s”. Its files are still on disk.", name=library.name)
        return done(request, then=LIST, flash=Flash(text))


async def _tell(
    request: HTMXRequest,
    session: AsyncSession,
    what: What,
    library: Library,
    subject: UUID | None = None,
    **about: bool,
) -> None:
    words: Words = {"library": library.name, **about}
    await events.publish(session, SecurityEvent(what, subject, by(request), words))


def _is_picking(form: Form[LibraryForm]) -> bool:
    """One of the picker's buttons was pressed: nothing is saved yet."""
    return bool(form.values["browse"] or form.values["choose"])


async def _save(
    request: HTMXRequest,
    form: Form[LibraryForm],
    session: AsyncSession,
    library: Library | None = None,
) -> Library | None:
    """The library as the form wants it; None with all the mistakes in the form."""
    libraries = AllLibraries(session)
    folders = _checked_folders(form, request)
    if not form.values["name"]:
        form.wrong("name", _("Give the library a name."))
    sent = form.value
    if sent is None:
        return None
    try:
        async with session.begin_nested():
            if library is None:
                library = await libraries.create(sent.name, folders)
            else:
                await libraries.rename(library, sent.name)
                await libraries.set_folders(library, folders)
            library.direction = sent.direction
            library.language = sent.language or None
            library.unrated_is_adult = sent.unrated_is_adult
            library.watch = sent.watch
            library.scan_every_hours = sent.scan_every_hours
    except NameTaken as error:
        form.wrong("name", error)
    except DomainError as error:
        form.wrong("folders", error)
    if form.errors and library is not None:
        # The screen around the form still shows the library as it is.
        await session.refresh(library)
    return None if form.errors else library


def _checked_folders(form: Form[LibraryForm], request: HTMXRequest) -> list[Path]:
    lines = filter(None, map(str.strip, str(form.values["folders"]).splitlines()))
    try:
        folders = [checked_folder(line, _settings(request)) for line in lines]
    except DomainError as error:
        form.wrong("folders", error)
        return []
    if not folders:
        form.wrong("folders", _("Choose at least one folder."))
    return folders


def _form_of(library: Library) -> Form[LibraryForm]:
    return Form.of(
        LibraryForm(
            name=library.name,
            folders="\n".join(root.path.decode(errors="replace") for root in library.roots),
            direction=library.direction,
            language=library.language or "",
            unrated_is_adult=library.unrated_is_adult,
            watch=library.watch,
            scan_every_hours=library.scan_every_hours,
        )
    )


def _form_screen(
    request: HTMXRequest,
    form: Form[LibraryForm],
    *,
    template: str = "library/new.html",
    **more: Any,
) -> Response[Any]:
    view = _picker(form, _settings(request))
    return show(
        request,
        template,
        422 if form.errors else 200,
        form=form,
        view=view,
        places=offered_roots(_settings(request)),
        directions=_directions(),
        **more,
    )


async def _edit_screen(
    request: HTMXRequest,
    session: AsyncSession,
    library: Library,
    form: Form[LibraryForm],
) -> Response[Any]:
    return _form_screen(
        request,
        form,
        template="library/edit.html",
        library=library,
        people=await people_of(session, library),
        has_problems=bool((await problems_of(session, library, None))[0]),
    )


def _picker(form: Form[LibraryForm], settings: Settings) -> FolderView | None:
    """The folder that the form asks to open, and what it asks to add put into the list."""
    chosen = str(form.values["choose"])
    if chosen:
        lines = str(form.values["folders"]).splitlines()
        if chosen not in lines:
            form.values["folders"] = "\n".join([*filter(None, lines), chosen])
        if not form.values["name"]:
            form.values["name"] = chosen.rstrip("/").rpartition("/")[2]
        return None
    wanted = str(form.values["browse"])
    if not wanted:
        return None
    try:
        return look_into(wanted, settings)
    except DomainError as error:
        form.wrong("folders", error)
        return None


def _directions() -> list[tuple[str, str]]:
    return [
        (Direction.RIGHT_TO_LEFT, _("Right to left (manga)")),
        (Direction.LEFT_TO_RIGHT, _("Left to right (comics)")),
        (Direction.VERTICAL, _("Top to bottom, page by page")),
        (Direction.WEBTOON, _("One long strip (webtoons)")),
    ]


def _settings(request: HTMXRequest) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


routes: list[ControllerRouterHandler] = [
    LibraryAdmin,
    *problem_routes.routes,
    *trash_routes.routes,
    *person_routes.routes,
]
