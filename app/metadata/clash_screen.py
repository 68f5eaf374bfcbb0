"""The screen on which the edits of two people meet."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response
from litestar_htmx import HTMXRequest

from app.foundation.web.forms import Form
from app.foundation.web.render import show
from app.metadata.changes import Clash
from app.metadata.fields import text_of
from app.metadata.forms import WAS
from app.metadata.sheet import Sheet


class Edited(msgspec.Struct, frozen=True):
    """What is edited: its screen, its name, the words of its fields, and of values that are words."""

    home: str
    name: str
    language: str | None
    labels: dict[str, str]
    choices: Mapping[str, Mapping[str, str]]

    @property
    def action(self) -> str:
        return f"{self.home}/edit"


def clash_screen(
    request: HTMXRequest,
    edited: Edited,
    sheet: Sheet,
    form: Form[Any],
    typed: Mapping[str, str],
    clashes: Mapping[str, Clash],
) -> Response[Any]:
    """Their value, mine and the former one, field by field; all that was typed goes on with it."""
    present = sheet.texts()
    mine = {
        name: typed[name] if typed[name] != form.values[f"{WAS}{name}"] else present[name]
        for name in sheet.fields
    }
    return show(
        request,
        "metadata/clash.html",
        409,
        edited=edited,
        views=sheet.views(),
        present=present,
        mine=mine,
        keep=_kept_by_both(form, sheet, clashes),
        was_kept=sheet.locked(),
        clashes={name: _versions(edited, sheet, name, clash) for name, clash in clashes.items()},
    )


def _versions(edited: Edited, sheet: Sheet, name: str, clash: Clash) -> list[tuple[str, str, str]]:
    """Each with the value as a form sends it, and as it is shown."""
    texts = {
        which: text_of(name, value, sheet.fields)
        for which, value in (
            ("theirs", clash.theirs),
            ("mine", clash.mine),
            ("former", clash.former),
        )
    }
    words = edited.choices.get(name, {})
    return [(which, text, words.get(text, text)) for which, text in texts.items()]


def _kept_by_both(form: Form[Any], sheet: Sheet, clashes: Mapping[str, Clash]) -> list[str]:
    """The locks as they are now, but for those that this person ticked or unticked."""
    keep, was_kept = set(form.values["keep"]), set(form.values["was_kept"])
    ticked, unticked = keep - was_kept, was_kept - keep - clashes.keys()
    names = (*sheet.fields, *sheet.also_kept)
    return [name for name in names if name in ({*sheet.locked()} | ticked) - unticked]
