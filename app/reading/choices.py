"""Keeps how somebody likes to read, in the scope they chose."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.reading.keys import KEYS
from app.reading.manner import ALWAYS, always_of
from app.reading.models import Device, SeriesSettings
from app.reading.reader_settings import Values, changed


async def like_in_series(
    session: AsyncSession, person: User, series_id: UUID, said: Values, given: Values
) -> None:
    """`said` is what was said so far. The caller has found the series through the person."""
    settings = changed(said, given)
    if settings:
        statement = insert(SeriesSettings).values(
            user_id=person.id, series_id=series_id, settings=settings
        )
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[SeriesSettings.user_id, SeriesSettings.series_id],
                set_={"settings": settings},
            )
        )
    else:
        mine = (SeriesSettings.user_id == person.id) & (SeriesSettings.series_id == series_id)
        await session.execute(delete(SeriesSettings).where(mine))


def like_on_device(device: Device, given: Values) -> None:
    device.settings = changed(device.settings, given)


def like_always(person: User, given: Values) -> None:
    said = changed(always_of(person), given)
    person.preference.reading = {**(person.preference.reading or {}), ALWAYS: said}


def move_keys(person: User, chosen: dict[str, list[str]]) -> None:
    """Action → keys, only where they are not the usual ones."""
    person.preference.reading = {**(person.preference.reading or {}), KEYS: chosen}
