"""Where the value of a field came from, in plain words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.accounts.models import User
from app.foundation.db import now
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.times import ago
from app.metadata.facts import SeriesFacts
from app.metadata.merge import (
    AUTO,
    COMICINFO,
    FILE_NAME,
    FOLDER,
    PERSON,
    PROVIDER,
    SIDECAR,
    SIDECARS_LOW_TO_HIGH,
    origin_of,
)


class Book(msgspec.Struct, frozen=True):
    """What one file's ComicInfo says, and what its chapter is called."""

    name: str
    facts: SeriesFacts


def by_person(person: User) -> dict[str, Any]:
    """Kept in `Series.sources`. The name as it was then: the person may be gone by the time."""
    return {
        "origin": PERSON,
        "by": str(person.id),
        "name": person.name,
        "at": now().isoformat(timespec="seconds"),
    }


def source_words(
    field: str, source: Any, value: Any, sidecars: dict[str, Any], books: Sequence[Book]
) -> str:
    """ "from ComicInfo of Ch. 3", "by Alice, 2 days ago"; empty where nobody said anything."""
    origin = origin_of(source)
    if origin == PERSON and isinstance(source, dict):
        when = ago(datetime.fromisoformat(source["at"]))
        return _("by %(name)s, %(when)s", name=source["name"], when=when)
    if value in (None, []):
        return ""
    if origin == PROVIDER and isinstance(source, dict):
        return _("from %(provider)s", provider=source["name"])
    if origin == COMICINFO:
        return _from_books(field, value, books)
    if origin == SIDECAR:
        return _("from %(file)s", file=_sidecar(field, sidecars))
    return {
        FOLDER: _("from the folder name"),
        FILE_NAME: _("from the file names"),
        AUTO: _("seen in the pages"),
        PROVIDER: _("from a provider"),
    }.get(origin, "")


def _from_books(field: str, value: Any, books: Sequence[Book]) -> str:
    saying = [book.name for book in books if _says(getattr(book.facts, field), value)]
    if isinstance(value, list) and len(saying) > 1:
        return ngettext(
            "from ComicInfo of %(num)s chapter", "from ComicInfo of %(num)s chapters", len(saying)
        )
    if saying:
        return _("from ComicInfo of %(chapter)s", chapter=saying[0])
    return _("from ComicInfo")


def _says(said: Any, value: Any) -> bool:
    return bool(said) if isinstance(value, list) else said == value


def _sidecar(field: str, sidecars: dict[str, Any]) -> str:
    saying = [
        name
        for name in SIDECARS_LOW_TO_HIGH
        if name in sidecars and sidecars[name][2].get(field) not in (None, [])
    ]
    names = {"comicinfo.xml": "ComicInfo.xml"}
    return names.get(saying[-1], saying[-1]) if saying else "series.json"
