"""The part of the settings screen about downloads."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.settings import DownloadRules, preview
from app.foundation.web.forms import Form
from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.settings import Section, register_section


async def _check(session: AsyncSession, form: Form[Any]) -> None:
    _names, wrong = preview(str(form.values["template"]))
    if wrong and "template" not in form.errors:
        form.errors["template"] = wrong


def register() -> None:
    register_section(
        Section(
            key="downloads",
            title=lazy_gettext("Downloads"),
            about=lazy_gettext("How much at once, how fast, and what the files are called."),
            icon="down",
            kind=DownloadRules,
            template="downloads/_settings.html",
            check=_check,
            order=40,
        )
    )
