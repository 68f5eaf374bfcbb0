"""What the screens send on which series and chapters are edited."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.errors import DomainError
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.metadata.changes import Wish
from app.metadata.chapter_fields import FIELDS as CHAPTER_FIELDS
from app.metadata.facts import LINE
from app.metadata.fields import FIELDS, Field, Fields
from app.metadata.sheet import Sheet

WAS = "was_"
"""Before the name of a field: the text that the form showed, so that others' edits are noticed."""
_Line = Annotated[str, Meta(max_length=LINE)]


def edit_form(name: str, fields: Fields, *more: tuple[str, type, Any]) -> type[msgspec.Struct]:
    """A text for each field and one for what it was, what is kept, and `more`."""
    return msgspec.defstruct(
        name,
        [
            *(
                (one, Annotated[str, Meta(max_length=field.longest)], "")
                for one, field in fields.items()
            ),
            *((WAS + one, Annotated[str, Meta(max_length=100_000)], "") for one in fields),
            ("keep", list[_Line], msgspec.field(default_factory=list)),
            ("was_kept", list[_Line], msgspec.field(default_factory=list)),
            *more,
        ],
        kw_only=True,
    )


_ADDITIONS = (
    *("add_title", "add_title_language", "add_title_kind"),
    *("add_person", "add_role", "add_genre", "add_tag"),
)
# Below lists there are places to add one more to them.
SeriesForm = edit_form("SeriesForm", FIELDS, *((name, _Line, "") for name in _ADDITIONS))
ChapterForm = edit_form("ChapterForm", CHAPTER_FIELDS)


def form_of(sheet: Sheet, kind: type[msgspec.Struct]) -> Form[Any]:
    """What is there now, in the form; `was_…` tells later whether somebody else changed it."""
    texts = sheet.texts()
    kept = sheet.locked()
    was = {f"{WAS}{name}": text for name, text in texts.items()}
    return Form.blank(kind, **texts, **was, keep=kept, was_kept=kept)


def sent_texts(form: Form[Any], fields: Fields) -> dict[str, str]:
    return {name: str(form.values[name]) for name in fields}


def wishes_of(form: Form[Any], texts: dict[str, str], fields: Fields) -> dict[str, Wish] | None:
    """None with a sentence beside each field that cannot be understood."""
    wishes = {}
    for name, text in texts.items():
        former_text = str(form.values[WAS + name])
        try:
            # An untouched field is not judged: an older rule may have let its value in.
            is_same = text.split() == former_text.split()
            former = _former(fields[name], former_text)
            value = former if is_same else fields[name].read(text)
        except DomainError as error:
            form.wrong(name, error)
            continue
        wishes[name] = wish_of(form, name, value, former)
    return None if form.errors else wishes


def wish_of(form: Form[Any], name: str, value: Any, former: Any) -> Wish:
    keep, was_kept = (name in form.values[one] for one in ("keep", "was_kept"))
    return Wish(value, former, keep=keep, was_kept=was_kept)


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


def _former(field: Field, text: str) -> Any:
    try:
        return field.read(text)
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
