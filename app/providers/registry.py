"""Which drivers there are, and one of them opened.

Besides those of Bunko, whatever an installed package names under the entry point `bunko.providers`:

    [project.entry-points."bunko.providers"]
    mysite = "my_package:MySite"
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points, version
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.errors import Invalid
from app.foundation.http import Pace
from app.foundation.http.addresses import Port
from app.foundation.web.i18n import _
from app.providers.base import Driver, Options

GROUP = "bunko.providers"
OURS = {
    "komga": "app.providers.drivers.komga:Komga",
    "mangadex": "app.providers.drivers.mangadex:MangaDex",
    "opds": "app.providers.drivers.opds:Opds",
}


class NoSuchDriver(Invalid):
    def __init__(self, name: str) -> None:
        known = ", ".join(sorted(driver_names()))
        super().__init__(f"There is no driver “{name}”. There are: {known}.")


@cache
def driver_names() -> Mapping[str, str]:
    """Name → where it is. One of ours is not replaced by a plug-in of the same name."""
    return {one.name: one.value for one in entry_points(group=GROUP)} | OURS


def driver(name: str) -> type[Driver]:
    """Imported when it is first asked for."""
    where = driver_names().get(name)
    if where is None:
        raise NoSuchDriver(name)
    module, _colon, attribute = where.partition(":")
    found: type[Driver] = getattr(import_module(module), attribute)
    return found


def read_options(name: str, given: Mapping[str, Any]) -> Options:
    """The options of a driver from what a form, the command line or a row says. Raises Invalid with
    the name of the option and what was expected."""
    kind = driver(name).options_type
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    if strangers := sorted(set(given) - set(fields)):
        raise Invalid(
            _(
                "%(driver)s has no option “%(option)s”. It has: %(options)s.",
                driver=name,
                option=strangers[0],
                options=", ".join(fields),
            )
        )
    try:
        options = msgspec.convert(
            {key: _listed(fields[key].type, value) for key, value in given.items()},
            kind,
            strict=False,
        )
    except msgspec.ValidationError as error:
        raise Invalid(_what_is_wrong(name, error)) from error
    _refuse_odd_addresses(options)
    return options


def _what_is_wrong(driver_name: str, error: msgspec.ValidationError) -> str:
    """msgspec names the option last: `Expected float >= 0.1 - at $.requests_per_second`."""
    expected, at, where = str(error).replace("`", "").partition(" - at $.")
    if not at:
        return _("An option of %(driver)s is wrong: %(error)s.", driver=driver_name, error=expected)
    return _(
        "The option “%(option)s” of %(driver)s is wrong: %(error)s.",
        option=where,
        driver=driver_name,
        error=expected[:1].lower() + expected[1:],
    )


def open_driver(
    name: str,
    options: Options,
    pace: Pace,
    allowed: frozenset[Port] = frozenset(),
) -> Driver:
    """Whoever opens it closes `driver.out`."""
    from app.foundation.http.client import Outbound

    said = user_agent(getattr(options, "contact", ""))
    out = Outbound(pace, user_agent=said, allowed=allowed)
    return driver(name)(out, options)


def user_agent(contact: str) -> str:
    """Who asks, in which version, and where those who are asked may write to. Only what an owner typed
    for that: where a household reads is nobody's business."""
    where = f"; +{contact}" if contact else ""
    return f"Bunko/{_version()} (self-hosted manga library{where})"


@cache
def _version() -> str:
    return version("bunko")


def parse_port(text: str) -> Port:
    """`nas.lan:4000`, `[fd00::2]:80` → host and port. Raises Invalid."""
    odd = Invalid(_("“%(text)s” is not a host and a port such as nas.lan:4000.", text=text))
    try:
        parts = urlsplit(f"//{text.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise odd from error
    if not host or not port or parts.path or parts.username is not None:
        raise odd
    return host, port


def _listed(kind: Any, value: Any) -> Any:
    """The command line says a list with commas."""
    is_list = "Sequence" in str(kind) or "list" in str(kind)
    if is_list and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def secret_options(name: str) -> frozenset[str]:
    """Those that are kept sealed."""
    return options_that_are("secret", driver(name).options_type)


def _refuse_odd_addresses(options: Options) -> None:
    for name in sorted(options_that_are("address", type(options))):
        if not is_address(getattr(options, name)):
            raise Invalid(
                _("%(option)s should be an address such as https://manga.example.", option=name)
            )


def is_address(text: str) -> bool:
    """http or https, with a host and no password in it."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


def options_that_are(what: str, kind: type[Options]) -> frozenset[str]:
    return frozenset(
        field.name
        for field in msgspec.structs.fields(kind)
        if any(
            (meta.extra or {}).get("option") == what
            for meta in getattr(field.type, "__metadata__", ())
        )
    )
