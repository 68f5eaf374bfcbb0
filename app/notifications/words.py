"""What is told, in plain words."""

from typing import NamedTuple

from app.accounts.models import User
from app.foundation.web.i18n import LazyText, _, lazy_gettext
from app.notifications.models import Kind, Notification


class About(NamedTuple):
    icon: str
    label: LazyText
    help: LazyText


KINDS: dict[Kind, About] = {
    Kind.RELEASE: About(
        "book",
        lazy_gettext("New chapters"),
        lazy_gettext("When a series you follow has something new."),
    ),
    Kind.DOWNLOAD: About(
        "down",
        lazy_gettext("Downloads that failed"),
        lazy_gettext("When a chapter you asked for cannot be had."),
    ),
    Kind.PROVIDER: About(
        "plug",
        lazy_gettext("Providers"),
        lazy_gettext("When one goes down, turns Bunko away, or is well again."),
    ),
}


def kinds_for(person: User) -> list[Kind]:
    """What they may be told of at all."""
    return [kind for kind in KINDS if kind is not Kind.PROVIDER or person.manages]


def sentence_of(line: Notification) -> str:
    return _(line.sentence, **line.words)
