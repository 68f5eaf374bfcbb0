"""The Jinja environment: everything escaped, nothing undefined, no queries."""

from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.connection import ASGIConnection
from markupsafe import Markup

from app.foundation.web import i18n
from app.foundation.web.csrf import FIELD, token_for
from app.foundation.web.static import StaticFiles

FOLDER = Path(__file__).resolve().parents[3] / "templates"

_asking: ContextVar[ASGIConnection[Any, Any, Any, Any]] = ContextVar("asking")


class Templates:
    def __init__(self, static: StaticFiles, folder: Path = FOLDER) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        i18n.install(self.environment)
        self.environment.globals.update(static=static.url, csrf=csrf)

    def render(
        self, name: str, connection: ASGIConnection[Any, Any, Any, Any], context: Mapping[str, Any]
    ) -> str:
        """The markup; `connection` is the one whose token `csrf()` writes."""
        kept = _asking.set(connection)
        try:
            return self.environment.get_template(name).render(context)
        finally:
            _asking.reset(kept)


def csrf() -> Markup:
    """The hidden field that every form carries, also inside macros and fragments."""
    token = token_for(_asking.get())
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)
