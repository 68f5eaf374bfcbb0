"""What a catalogue sends, and what an entry of it is here: a chapter with its number."""

from collections.abc import Callable

import msgspec

from app.foundation.http.client import Fetched
from app.foundation.security.xml import BadXml
from app.providers.base import RemoteChapter
from app.providers.drivers.opds_feeds import Entry, NoFeed
from app.providers.drivers.signing_in import why_not_let_in
from app.providers.errors import Blocked, NotThere, Unexpected
from app.providers.numbers import chapter_in_title, number_in, volume_in_title

OTHER_FORMAT = "The catalogue hands it out only in a format that Bunko does not read."
NOTHING = "The catalogue offers nothing of it that Bunko can read."


def chapter_of(entry: Entry, series_id: str) -> RemoteChapter:
    number = entry.number or chapter_in_title(entry.title)
    return RemoteChapter(
        remote_id=f"{series_id}#{entry.id}",
        number_text=number,
        number=number_in(number),
        volume=volume_in_title(entry.title),
        title=entry.title,
        language=next(iter(entry.languages), None),
        published_at=entry.published or entry.updated,
        page_count=entry.page_count,
        why_not=why_not(entry),
    )


def why_not(entry: Entry) -> str | None:
    if entry.stream or entry.manifest or entry.archive:
        return None
    return OTHER_FORMAT if entry.files else NOTHING


def decoded[Kind](read: Callable[[bytes], Kind], body: bytes) -> Kind:
    try:
        return read(body)
    except (BadXml, NoFeed, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unexpected("This does not answer as a catalogue of OPDS does.") from error


def refusal(answer: Fetched, asked: str) -> Exception:
    if answer.status in (404, 410):
        return NotThere("This catalogue has no such series, chapter or page.")
    if answer.status in (401, 403):
        if (why := why_not_let_in(answer, asked)) is not None:
            return why
        return Blocked("This catalogue does not let us in: check name and password, or the key.")
    return Unexpected("This catalogue answered with an error (%(status)s).", status=answer.status)
