"""Tags and genres whose series are hidden from a person."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.valkey.rights import rights_changed
from app.library.models import HiddenTag, Tag
from app.library.text import title_key


class HiddenTags:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def names_for(self, person: User) -> list[str]:
        """Each name once, even where a genre and a tag share it."""
        rows = await self.session.execute(
            select(Tag.key, Tag.name)
            .join(HiddenTag, HiddenTag.tag_id == Tag.id)
            .where(HiddenTag.user_id == person.id)
            .order_by(Tag.key, Tag.kind)
        )
        return list({row.key: row.name for row in rows}.values())

    async def hide(self, person: User, names: Sequence[str]) -> list[str]:
        """Exactly these from the next request on; the names that no series carries hide nothing
        and are given back: then nothing is changed."""
        wanted = {title_key(name): name for name in names}
        found = await self.session.execute(select(Tag.id, Tag.key).where(Tag.key.in_(wanted)))
        tags = [(tag_id, key) for tag_id, key in found]
        unknown = wanted.keys() - {key for _, key in tags}
        if unknown:
            return [name for key, name in wanted.items() if key in unknown]
        rights_changed(self.session)
        await self.session.execute(delete(HiddenTag).where(HiddenTag.user_id == person.id))
        self.session.add_all(HiddenTag(user_id=person.id, tag_id=tag_id) for tag_id, _ in tags)
        return []
