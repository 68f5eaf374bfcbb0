"""`/admin/settings`: what an owner may change while Bunko runs. Rooms bring the sections."""

from collections.abc import Iterable
from typing import Any

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.events import SecurityEvent, What, by
from app.errors import NotFound
from app.events import publish
from app.foundation.db.setting_store import load
from app.foundation.web.context import AnyRequest, NavEntry, register_nav
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.foundation.web.settings import Section, choose, sections
from app.settings.mail_routes import MailSettings

SCREEN = "/admin/settings"
ONE = "settings/section.html"


class SettingsScreens(Controller):
    path = SCREEN
    opt = {"policy": Policy.OWNER}

    @get("", name="settings.list")
    async def list_sections(self, request: HTMXRequest) -> Response[Any]:
        return show(request, "settings/settings.html", sections=sections())

    @get("/{name:str}", name="settings.section", opt={"proof": True})
    async def show_section(
        self, request: HTMXRequest, name: str, session: AsyncSession
    ) -> Response[Any]:
        section, kind = _section(name)
        return show(request, ONE, form=Form.of(await load(session, kind)), section=section)

    @post("/{name:str}", name="settings.change", opt={"proof": True}, status_code=200)
    async def change_section(
        self, request: HTMXRequest, name: str, session: AsyncSession
    ) -> Response[Any]:
        section, kind = _section(name)
        form = await Form.read(request, kind)
        if form.value is not None and section.check is not None:
            await section.check(session, form)
        if form.value is None:
            return show(request, ONE, 422, form=form, section=section)
        await choose(session, form.value)
        event = SecurityEvent(What.SETTING_CHANGED, by=by(request), about={"section": name})
        await publish(session, event)
        return done(request, section.address, flash=_("Saved."))


def _section(name: str) -> tuple[Section, Any]:
    for section in sections():
        if section.key == name and section.kind is not None:
            return section, section.kind
    raise NotFound("There are no such settings.")


def _places(request: AnyRequest) -> Iterable[NavEntry]:
    is_owner = request.scope["user"].is_owner
    return [NavEntry(SCREEN, "gear", _("Settings"))] if is_owner and sections() else []


routes: list[ControllerRouterHandler] = [SettingsScreens, MailSettings]
register_nav(_places, order=95, admin=True)
