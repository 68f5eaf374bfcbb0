"""What is wrong with the files of a library, newest first, and what a person can do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.web.i18n import _
from app.library.models import Chapter, ChapterFile, Library, Problem, Root, Series
from app.library.queries import visible_to

SHOWN = 100

UNREADABLE_ROOT = "The folder cannot be read."
EMPTY_ROOT = "The folder is empty."
THINNED_ROOT = "More than a fifth of the files are not there."
CAN_BE_GONE = (EMPTY_ROOT, THINNED_ROOT)
"""Only what can be looked into can be said to have lost its files for good."""


class Missing(NamedTuple):
    """A file that was on the shelf and is not on disk."""

    series_id: UUID
    series_title: str
    display_name: str
    since: datetime


async def problems_of(
    session: AsyncSession, library: Library, after: UUID | None
) -> tuple[Sequence[Problem], UUID | None]:
    """A screenful, and the id to go on after; None at the end. An unknown `after` begins anew."""
    query = select(Problem).where(Problem.library_id == library.id)
    last = await session.get(Problem, after) if after else None
    if last is not None and last.library_id == library.id:
        query = query.where(
            (Problem.since < last.since) | ((Problem.since == last.since) & (Problem.id > last.id))
        )
    rows = (
        await session.scalars(query.order_by(Problem.since.desc(), Problem.id).limit(SHOWN + 1))
    ).all()
    return rows[:SHOWN], rows[SHOWN - 1].id if len(rows) > SHOWN else None


async def missing_in(
    session: AsyncSession, person: User, library: Library
) -> tuple[list[Missing], int]:
    """Up to SHOWN, what vanished last first, and how many there are."""
    asked = (
        select(Series.id, Series.title, ChapterFile.display_name, ChapterFile.missing_since)
        .add_columns(func.count().over())
        .join(Chapter, Chapter.series_id == Series.id)
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .where(Series.library_id == library.id, visible_to(person))
        .where(ChapterFile.missing_since.is_not(None), ChapterFile.trashed_at.is_(None))
        .where(Chapter.missing_since.is_not(None))
        .order_by(ChapterFile.missing_since.desc(), ChapterFile.path)
        .limit(SHOWN)
    )
    rows = (await session.execute(asked)).all()
    return [Missing(*row[:4]) for row in rows], rows[0][4] if rows else 0


async def look_again(
    session: AsyncSession, library: Library, problem_id: UUID | None = None
) -> None:
    """The next scan judges this file (or all that have a line) anew, though it has not changed."""
    asked = update(Problem).where(Problem.library_id == library.id)
    if problem_id is not None:
        asked = asked.where(Problem.id == problem_id)
    done = await session.scalars(
        asked.values(size=None, mtime_ns=None, inode=None).returning(Problem.id)
    )
    if not done.all() and problem_id is not None:
        raise NotFound("There is no such problem any more.")


def lost_root(library: Library, root_id: UUID) -> Root:
    """The root of which a person may say that its files are really gone."""
    for root in library.roots:
        if root.id == root_id and root.offline_reason in CAN_BE_GONE:
            return root
    raise NotFound("This folder is not offline because of lost files.")


def advice(kind: str) -> str:
    """What to do about a problem of this kind, in a sentence."""
    return {
        "not_supported": _("Convert it to CBZ, or leave it: it is passed over."),
        "damaged": _("Copy or download the file again; what is left of it cannot be trusted."),
        "unsuitable": _(
            "Pack it anew: images in a ZIP, without a password and without archives in it."
        ),
        "refused": _("Pack it anew with fewer or smaller pages. It asked for more than is safe."),
        "unreadable": _("Give the user that Bunko runs as the right to read it, then check again."),
        "folder": _("Give the user that Bunko runs as the right to read and enter the folder."),
        "metadata": _("The chapter can be read. Write its ComicInfo.xml anew to have its details."),
        "number": _("Correct the number in its name or ComicInfo.xml; until then it stands last."),
        "sidecar": _("Correct or remove this file; the series does without it."),
        "twin": _("Rename one of the two before the library moves to another system."),
        "watching": _("Raise fs.inotify.max_user_watches, or leave it: nothing is lost."),
    }.get(kind, _("Replace or repair the file, then check again."))
