from uuid import UUID

import msgspec

from app.downloads.queries import Filter, Show


class WhichForm(msgspec.Struct, kw_only=True):
    """Where somebody was on the screen, and so which downloads are meant."""

    show: Show = Show.ACTIVE
    series: UUID | None = None
    provider: UUID | None = None

    @property
    def filter(self) -> Filter:
        return Filter(show=self.show, series_id=self.series, provider_id=self.provider)
