"""What the screens about a series' metadata send."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.errors import DomainError
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.metadata.changes import Wish
from app.metadata.facts import LINE
from app.metadata.fields import FIELDS

WAS = "was_"
"""Before the name of a field: the text that the form showed, so that others' edits are noticed."""
_Line = Annotated[str, Meta(max_length=LINE)]

# A text for each field and one for what it was, and below lists a place to add one more to them.
SeriesForm = msgspec.defstruct(
    "SeriesForm",
    [
        *((name, Annotated[str, Meta(max_length=f.longest)], "") for name, f in FIELDS.items()),
        *((WAS + name, Annotated[str, Meta(max_length=100_000)], "") for name in FIELDS),
        *((name, _Line, "") for name in ("add_title", "add_title_language", "add_title_kind")),
        *((name, _Line, "") for name in ("add_person", "add_role", "add_genre", "add_tag")),
        ("keep", list[_Line], msgspec.field(default_factory=list)),
        ("was_kept", list[_Line], msgspec.field(default_factory=list)),
    ],
    kw_only=True,
)


def wishes_of(form: Form[Any]) -> dict[str, Wish] | None:
    """None with a sentence beside each field that cannot be understood."""
    sent = {name: str(form.values[name]) for name in FIELDS}
    wishes = {}
    for name, text in with_additions(form, sent).items():
        field = FIELDS[name]
        former_text = str(form.values[WAS + name])
        try:
            # An untouched field is not judged: an older rule may have let its value in.
            is_same = text.split() == former_text.split()
            former = _former(name, former_text)
            value = former if is_same else field.read(text)
        except DomainError as error:
            form.wrong(name, error)
            continue
        wishes[name] = Wish(
            value,
            former,
            keep=name in form.values["keep"],
            was_kept=name in form.values["was_kept"],
        )
    return None if form.errors else wishes


def with_additions(form: Form[Any], texts: dict[str, str]) -> dict[str, str]:
    """The lists with what stands in the places to add one more."""
    added = {
        "other_titles": " | ".join(
            filter(None, _said(form, "add_title", "add_title_language", "add_title_kind"))
        )
        if form.values["add_title"]
        else "",
        "creators": " | ".join(filter(None, _said(form, "add_person", "add_role")))
        if form.values["add_person"]
        else "",
        "genres": str(form.values["add_genre"]),
        "tags": str(form.values["add_tag"]),
    }
    return {
        name: "\n".join(filter(None, [text, added.get(name, "")])) for name, text in texts.items()
    }


def _said(form: Form[Any], *names: str) -> list[str]:
    return [str(form.values[name]).replace("|", " ") for name in names]


def _former(name: str, text: str) -> Any:
    try:
        return FIELDS[name].read(text)
    except DomainError:
        return text or None


def labels() -> dict[str, str]:
    return {
        "title": _("Title"),
        "sort_title": _("Sort title"),
        "other_titles": _("Other titles"),
        "summary": _("Summary"),
        "status": _("Status"),
        "year": _("Year"),
        "age_rating": _("Age rating"),
        "direction": _("Reading direction"),
        "language": _("Language"),
        "publisher": _("Publisher"),
        "total_chapters": _("Chapters in all"),
        "creators": _("People"),
        "genres": _("Genres"),
        "tags": _("Tags"),
        "links": _("Links"),
    }
