"""The form of a provider, made from the options of its driver."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.providers.models import Provider
from app.providers.option_words import Words, words_of
from app.providers.registry import driver, is_address, options_that_are, secret_options
from app.providers.service import LONGEST_NAME, Wanted

PREFIX = "option_"
Kind = Literal["text", "address", "secret", "switch", "number", "list"]
Line = Annotated[str, Meta(max_length=1000)]
Hidden = Annotated[str, Meta(max_length=2000, extra={"secret": True})]
Many = Annotated[str, Meta(max_length=4000)]


class ProviderForm(msgspec.Struct, kw_only=True):
    """`allowed` and `languages` hold one on each line, or with commas. The options of the driver
    follow, each with PREFIX."""

    driver: Annotated[str, Meta(max_length=60)]
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    allowed: Many = ""
    languages: Many = ""


class OptionField(NamedTuple):
    """One option as the screen shows it. `forget` is the name of the tick that drops a secret."""

    name: str
    kind: Kind
    words: Words
    is_required: bool

    @property
    def is_its_own(self) -> bool:
        """An address that the driver knows by itself, and that few ever change."""
        return self.kind == "address" and not self.is_required

    @property
    def forget(self) -> str:
        return f"forget_{self.name}"


def fields_of(driver_name: str) -> list[OptionField]:
    options = driver(driver_name).options_type
    return [
        OptionField(
            PREFIX + field.name, _kind(driver_name, field), words_of(field.name), field.required
        )
        for field in msgspec.structs.fields(options)
    ]


@cache
def form_of(driver_name: str) -> type[ProviderForm]:
    """Every field may be left empty here: what has to be there the driver's options say."""
    more: list[tuple[str, Any, Any]] = []
    for field in fields_of(driver_name):
        kind: Any = {"secret": Hidden, "switch": bool, "number": float | None, "list": Many}.get(
            field.kind, Line
        )
        more.append((field.name, kind, None if field.kind == "number" else kind is not bool and ""))
        if field.kind == "secret":
            more.append((field.forget, bool, False))
    made = msgspec.defstruct(f"{driver_name}Form", more, bases=(ProviderForm,), kw_only=True)
    assert issubclass(made, ProviderForm)
    return made


def blank(driver_name: str) -> Form[ProviderForm]:
    values: dict[str, Any] = {"driver": driver_name, "name": driver(driver_name).title}
    return Form.blank(form_of(driver_name), **values, **_typed(driver_name, {}))


def filled(provider: Provider) -> Form[ProviderForm]:
    """As it is; without its secrets."""
    return Form.blank(
        form_of(provider.driver),
        driver=provider.driver,
        name=provider.name,
        allowed="\n".join(provider.allowed),
        languages=", ".join(provider.languages),
        **_typed(provider.driver, provider.options),
    )


def wanted(form: Form[ProviderForm]) -> Wanted | None:
    """What the form asks for; None with all the mistakes in it."""
    sent = form.value
    if sent is None:
        return None
    options: dict[str, Any] = {}
    for field in fields_of(sent.driver):
        option, value = field.name.removeprefix(PREFIX), getattr(sent, field.name)
        if field.kind == "secret":
            if value or getattr(sent, field.forget):
                options[option] = value
        elif field.kind == "switch" or value not in ("", None):
            options[option] = value
        elif field.is_required:
            form.wrong(field.name, _("Fill this in."))
        elif field.kind == "list":
            options[option] = []
        if field.kind == "address" and value and not is_address(value):
            form.wrong(field.name, _("Write an address such as https://manga.example."))
    return None if form.errors else _wanted(sent, options)


def _wanted(sent: ProviderForm, options: Mapping[str, Any]) -> Wanted:
    return Wanted(
        name=sent.name,
        options=options,
        allowed=_listed(sent.allowed),
        languages=_listed(sent.languages),
    )


def _listed(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _kind(driver_name: str, field: msgspec.structs.FieldInfo) -> Kind:
    if field.name in secret_options(driver_name):
        return "secret"
    if field.name in options_that_are("address", driver(driver_name).options_type):
        return "address"
    if field.type is bool:
        return "switch"
    if getattr(field.type, "__origin__", field.type) in (int, float):
        return "number"
    return "list" if "Sequence" in str(field.type) or "list" in str(field.type) else "text"


def _typed(driver_name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Its options as they stand in the form; what is not given as the driver takes it anyway."""
    secret = secret_options(driver_name)
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(driver(driver_name).options_type):
        value = options.get(field.name, _default(field))
        if field.name not in secret:
            found[PREFIX + field.name] = _shown(value)
    return found


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return "" if field.default is msgspec.NODEFAULT else field.default


def _shown(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:g}"
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return ", ".join(map(str, value)) if is_list else value
