from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.downloads.queries import Filter, Show
from app.foundation.web.paging import LONGEST_TOKEN


class WhichForm(msgspec.Struct, kw_only=True):
    """Where somebody was on the screen, and so which downloads are meant."""

    show: Show = Show.ACTIVE
    series: UUID | None = None
    provider: UUID | None = None
    after: Annotated[str, Meta(max_length=LONGEST_TOKEN)] = ""

    @property
    def filter(self) -> Filter:
        return Filter(show=self.show, series_id=self.series, provider_id=self.provider)
