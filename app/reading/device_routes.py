"""`/account/devices`: what somebody reads on, and what suits each of them."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.reading import choices
from app.reading.devices import Devices, device_hash, user_agent_of, with_cookie
from app.reading.manner import here_of
from app.reading.models import Device
from app.reading.profiles import checked_name
from app.reading.reader_settings import FIELDS, Scope, resolve
from app.reading.settings_forms import DeviceForm, SettingsOfDevice, settings_sent
from app.reading.settings_words import PROFILES, groups_of

SIGNED_IN = {"policy": Policy.SIGNED_IN}
LIST = "/account/devices"


@get(LIST, name="account.devices", opt=SIGNED_IN)
async def show_devices(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    hashed = device_hash(request)
    devices = await Devices(session).of(person)
    return show(
        request,
        "reading/devices.html",
        devices=devices,
        this_id=next((one.id for one in devices if one.secret_hash == hashed), None),
        profiles=PROFILES,
        guess=PROFILES[here_of(person, user_agent_of(request)).profile],
    )


@post(LIST, name="account.devices.meet", status_code=200, opt=SIGNED_IN)
async def meet_device(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    """Remember the one that asks, so that it can be named and set before anything is read on it."""
    devices = Devices(session)
    known = await devices.known(person, request)
    device, secret = await devices.meet(person, request, known)
    return with_cookie(request, done(request, f"{LIST}/{device.id}"), secret, device)


@get("/account/devices/{device_id:uuid}", name="account.device", opt=SIGNED_IN)
async def show_device(
    request: HTMXRequest, person: User, session: AsyncSession, device_id: UUID
) -> Response[Any]:
    device = await Devices(session).one(person, device_id)
    return _screen(request, person, device, Form.of(_form_of(device)))


@post(
    "/account/devices/{device_id:uuid}",
    name="account.device.change",
    status_code=200,
    opt=SIGNED_IN,
)
async def change_device(
    request: HTMXRequest, person: User, session: AsyncSession, device_id: UUID
) -> Response[Any]:
    device = await Devices(session).one(person, device_id)
    form = await Form.read(request, SettingsOfDevice)
    if form.value is not None and not checked_name(form.value.name):
        form.wrong("name", _("Choose a name with letters or digits."))
    if form.value is None:
        return _screen(request, person, device, form, 422)
    device.name = checked_name(form.value.name)
    device.is_chosen = device.is_chosen or device.profile is not form.value.profile
    device.profile = form.value.profile
    choices.like_on_device(device, await settings_sent(request, form))
    is_here = device.secret_hash == device_hash(request)
    answer = done(request, LIST, flash=_("Saved."))
    return with_cookie(request, answer, "", device if is_here else None)


@post(
    "/account/devices/{device_id:uuid}/reset",
    name="account.device.reset",
    status_code=200,
    opt=SIGNED_IN,
)
async def reset_device(
    request: HTMXRequest, person: User, session: AsyncSession, device_id: UUID
) -> Response[Any]:
    device = await Devices(session).one(person, device_id)
    choices.like_on_device(device, dict.fromkeys(FIELDS, None))
    return done(request, f"{LIST}/{device_id}", flash=_("What suits the kind of device counts."))


@post(
    "/account/devices/{device_id:uuid}/remove",
    name="account.device.remove",
    status_code=200,
    opt=SIGNED_IN,
)
async def remove_device(
    request: HTMXRequest, person: User, session: AsyncSession, device_id: UUID
) -> Response[Any]:
    device = await Devices(session).remove(person, device_id)
    words = _("“%(name)s” is forgotten. What you read on it is kept.", name=device.name)
    return done(request, LIST, flash=words)


def _screen(
    request: HTMXRequest, person: User, device: Device, form: Form[Any], status: int = 200
) -> Response[Any]:
    around = here_of(person, user_agent_of(request), device=device)
    return show(
        request,
        "reading/device.html",
        status,
        device=device,
        form=form,
        profiles=[(profile.value, words) for profile, words in PROFILES.items()],
        groups=groups_of(device.settings, resolve(around.beyond(Scope.DEVICE))),
    )


def _form_of(device: Device) -> DeviceForm:
    return DeviceForm(name=device.name, profile=device.profile)


device_routes: list[ControllerRouterHandler] = [
    show_devices,
    meet_device,
    show_device,
    change_device,
    reset_device,
    remove_device,
]
