"""What owners choose about downloads."""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.naming import DEFAULT, EXAMPLE, Template
from app.errors import Invalid
from app.foundation.db.setting_store import setting
from app.foundation.web.settings import chosen

EXAMPLES = (
    EXAMPLE,
    msgspec.structs.replace(EXAMPLE, number=Decimal(7), number_text="7", volume=None, title=""),
    msgspec.structs.replace(
        EXAMPLE, number=None, number_text="Extra", volume=None, groups=(), title="A day off"
    ),
)


def preview(template: str) -> tuple[list[str], str]:
    """Names it makes, or what is wrong with it."""
    try:
        made = Template(template)
    except Invalid as error:
        return [], str(error)
    return [made.path(facts) for facts in EXAMPLES], ""


@setting("downloads")
class DownloadRules(msgspec.Struct, frozen=True, kw_only=True):
    chapters_at_once: Annotated[int, Meta(ge=1, le=20)] = 3
    """By all workers together, shared by the providers that have work."""
    pages_at_once: Annotated[int, Meta(ge=1, le=20)] = 6
    """From one provider; its own limits hold beside this."""
    kilobytes_per_second: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    """By all workers together; 0 is as fast as it goes."""
    free_megabytes: Annotated[int, Meta(ge=0, le=100_000_000)] = 1024
    """Left on the disk, whatever waits."""
    keep_days: Annotated[int, Meta(ge=1, le=3650)] = 90
    """How long the history shows what came, and what was cancelled."""
    template: Annotated[str, Meta(max_length=200)] = DEFAULT

    @staticmethod
    def preview(template: str) -> tuple[list[str], str]:
        """For the screen, which knows the kind of its form."""
        return preview(template)


async def rules_of(session: AsyncSession) -> DownloadRules:
    return await chosen(session, DownloadRules)
