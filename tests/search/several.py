"""Several providers, each a fake on a host of its own."""

from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import new_id
from app.providers.models import Health, Provider
from tests.providers.fake_mangadex import FakeMangaDex, FakeSeries, a_fake
from tests.providers.faking import fresh_host


class Several:
    def __init__(self, session: AsyncSession, stack: AsyncExitStack) -> None:
        self.session, self.stack = session, stack
        self.fakes: dict[str, FakeMangaDex] = {}
        self.rows: dict[str, Provider] = {}

    async def add(self, name: str, *series: FakeSeries, **more: Any) -> FakeMangaDex:
        """A fake, and the provider that leads to it."""
        fake = await self.stack.enter_async_context(a_fake(fresh_host()))
        fake.is_strict, fake.series = False, list(series)
        more.setdefault("health", Health.HEALTHY)
        row = Provider(
            id=new_id(),
            name=name,
            driver="mangadex",
            options={
                "api": fake.url,
                "uploads": fake.url,
                "report": f"{fake.url}/report",
                "site": fake.url,
                "requests_per_second": 200,
            },
            allowed=[f"{fake.host}:{fake.port}"],
            **more,
        )
        self.session.add(row)
        await self.session.commit()
        self.fakes[name], self.rows[name] = fake, row
        return fake
