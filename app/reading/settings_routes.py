"""`/read/{chapter}/settings` and `/account/reading`: how somebody likes to read."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.reading import choices
from app.reading.company import keeping
from app.reading.devices import Devices, device_hash, user_agent_of, with_cookie
from app.reading.keys import ACTIONS, keys_of
from app.reading.manner import Here, always_of, here_of
from app.reading.opening import here, manner_here
from app.reading.queries import OpenChapter, open_chapter
from app.reading.reader_settings import FIELDS, Scope, resolve
from app.reading.screens import theme_of
from app.reading.settings_forms import (
    InReader,
    KeysForm,
    SettingsForm,
    SettingsInReader,
    field_of,
    keys_sent,
    settings_sent,
)
from app.reading.settings_words import MODES, PROFILES, SCOPES, groups_of

SIGNED_IN = {"policy": Policy.SIGNED_IN}
NOTHING_SAID = dict.fromkeys(FIELDS, None)


@get("/read/{chapter_id:uuid}/settings", name="reading.settings", opt=SIGNED_IN)
async def show_settings(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    chapter = await open_chapter(session, person, chapter_id, device_hash(request))
    scope = _scope(request.query_params.get("scope"))
    around = here(request, person, chapter)
    manner = await manner_here(request, person, chapter)
    page = request.query_params.get("page", "")
    kept = keeping(request)
    return show(
        request,
        "reading/settings.html",
        shell=False,
        chapter=chapter,
        scope=scope,
        scopes=SCOPES,
        page=int(page[:7]) if page.isascii() and page.isdigit() else chapter.place.page,
        mode=MODES[manner.mode],
        device_name=around.name,
        profile=PROFILES[around.profile],
        groups=_groups(around, scope),
        is_said=bool(around.said_in(scope)),
        keep=f"&{kept}" if kept else "",
        keep_first=f"?{kept}" if kept else "",
        **theme_of(person, around),
    )


@post(
    "/read/{chapter_id:uuid}/settings",
    name="reading.settings.change",
    status_code=200,
    opt=SIGNED_IN,
)
async def change_settings(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """Only what is sent changes, so that a key may change one thing."""
    form = await Form.read(request, SettingsInReader)
    given = await settings_sent(request, form)
    assert form.value is not None
    return await _keep(request, session, person, chapter_id, form.value, given)


@post(
    "/read/{chapter_id:uuid}/settings/reset",
    name="reading.settings.reset",
    status_code=200,
    opt=SIGNED_IN,
)
async def reset_settings(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    form = await Form.read(request, InReader)
    if form.value is None:
        raise Invalid(_("There is nothing like that to reset."))
    return await _keep(request, session, person, chapter_id, form.value, NOTHING_SAID)


@get("/account/reading", name="account.reading", opt=SIGNED_IN)
async def show_defaults(request: HTMXRequest, person: User) -> Response[Any]:
    now = {field_of(name): " ".join(keys) for name, keys in keys_of(person).items()}
    return _defaults(request, person, Form.blank(KeysForm, **now))


@post("/account/reading", name="account.reading.change", status_code=200, opt=SIGNED_IN)
async def change_defaults(request: HTMXRequest, person: User) -> Response[Any]:
    form = await Form.read(request, SettingsForm)
    choices.like_always(person, await settings_sent(request, form))
    return done(request, "/account/reading", flash=_("Saved."))


@post("/account/reading/keys", name="account.keys", status_code=200, opt=SIGNED_IN)
async def change_keys(request: HTMXRequest, person: User) -> Response[Any]:
    """A field left as it usually is, or empty, moves nothing."""
    form = await Form.read(request, KeysForm)
    chosen = keys_sent(form)
    if form.value is None:
        return _defaults(request, person, form, 422)
    choices.move_keys(person, chosen)
    return done(request, "/account/reading#keys", flash=_("Saved."))


@post("/account/reading/reset", name="account.reading.reset", status_code=200, opt=SIGNED_IN)
async def reset_defaults(request: HTMXRequest, person: User) -> Response[Any]:
    choices.like_always(person, NOTHING_SAID)
    return done(request, "/account/reading", flash=_("Bunko’s own defaults count again."))


async def _keep(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    chapter_id: UUID,
    at: InReader,
    given: dict[str, Any],
) -> Response[Any]:
    chapter = await open_chapter(session, person, chapter_id, device_hash(request))
    secret = await _like(request, session, person, chapter, at.scope, given)
    kept = keeping(request)
    step = f"&step={at.step}" if at.step > 1 else ""
    then = f"/read/{chapter_id}?page={at.page}{step}" + (f"&{kept}" if kept else "")
    return with_cookie(request, done(request, then), secret, chapter.device)


async def _like(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    chapter: OpenChapter,
    scope: Scope,
    given: dict[str, Any],
) -> str:
    """The secret of the device, where it is one that is told of."""
    if scope is Scope.SERIES:
        said = chapter.series_settings
        await choices.like_in_series(session, person, chapter.series_id, said, given)
        return ""
    if scope is Scope.ALWAYS:
        choices.like_always(person, given)
        return ""
    device, secret = await Devices(session).meet(person, request, chapter.device)
    choices.like_on_device(device, given)
    return secret


def _defaults(
    request: HTMXRequest, person: User, form: Form[Any], status: int = 200
) -> Response[Any]:
    around = here_of(person, user_agent_of(request))
    return show(
        request,
        "reading/defaults.html",
        status,
        form=form,
        actions=[(field_of(action.name), action) for action in ACTIONS],
        groups=_groups(around, Scope.ALWAYS),
        is_said=bool(always_of(person)),
    )


def _groups(around: Here, scope: Scope) -> Any:
    return groups_of(around.said_in(scope), resolve(around.beyond(scope)))


def _scope(word: str | None) -> Scope:
    return next((scope for scope in Scope if scope.value == word), Scope.SERIES)


settings_routes: list[ControllerRouterHandler] = [
    show_settings,
    change_settings,
    reset_settings,
    show_defaults,
    change_defaults,
    change_keys,
    reset_defaults,
]
