"""The forms of the reader's settings. Every setting may be left out, or left empty: then what is
said elsewhere counts."""

from typing import Annotated, Any, Literal, cast

import msgspec
from litestar_htmx import HTMXRequest
from msgspec import Meta

from app.errors import Invalid
from app.foundation.web.forms import Form
from app.foundation.web.i18n import lazy_gettext as _
from app.reading.keys import ACTIONS, BY_NAME, read_keys
from app.reading.profiles import LONGEST_NAME, Profile
from app.reading.reader_settings import FIELDS, Scope
from app.reading.settings_words import form_of

_NOT_UNDERSTOOD = _("One of these settings is not known here. Nothing was changed.")
_fields: list[Any] = [
    (name, (Literal["yes", "no"] if field.type is bool else field.type) | None, None)
    for name, field in FIELDS.items()
]


class InReader(msgspec.Struct, kw_only=True):
    """Which scope a form of the reader speaks of, and the page to go back to."""

    scope: Scope = Scope.SERIES
    page: Annotated[int, Meta(ge=0, le=10_000_000)] = 1
    step: Annotated[int, Meta(ge=0, le=9)] = 1


class DeviceForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    profile: Profile


KeysForm = msgspec.defstruct(
    "KeysForm",
    [
        (f"key_{name}".replace("-", "_"), Annotated[str, Meta(max_length=80)], "")
        for name in BY_NAME
    ],
)
SettingsForm = msgspec.defstruct("SettingsForm", _fields)
SettingsInReader = cast(
    type[InReader],
    msgspec.defstruct("SettingsInReader", _fields, bases=(InReader,), kw_only=True),
)
SettingsOfDevice = cast(
    type[DeviceForm],
    msgspec.defstruct("SettingsOfDevice", _fields, bases=(DeviceForm,), kw_only=True),
)


async def settings_sent(request: HTMXRequest, form: Form[Any]) -> dict[str, Any]:
    """The settings that the form named, None where it left one empty. What was not sent stays."""
    if form.value is None:
        raise Invalid(str(_NOT_UNDERSTOOD))
    sent = set(await request.form())
    values = msgspec.structs.asdict(form.value)
    return form_of({name: values[name] for name in values if name in sent})


def field_of(action: str) -> str:
    return f"key_{action}".replace("-", "_")


def keys_sent(form: Form[Any]) -> dict[str, list[str]]:
    """Action → keys where they are not the usual ones; the form is told what is no key, or is
    the key of two actions."""
    chosen: dict[str, list[str]] = {}
    owners: dict[str, str] = {}
    for action in ACTIONS:
        field = field_of(action.name)
        text = form.values[field]
        keys = read_keys(text) if text else action.usual
        if keys is None:
            form.wrong(
                field, str(_("Write keys such as N, Space, F2 or PageDown, with spaces between."))
            )
            continue
        for key in keys:
            if key in owners and owners[key] != field:
                form.wrong(field, str(_("%(key)s does something else already.") % {"key": key}))
            owners[key] = field
        if keys != action.usual:
            chosen[action.name] = list(keys)
    return chosen
