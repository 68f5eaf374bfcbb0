"""Whatever order invitations and people are made, changed and ended in (requirement 36)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.accounts.service import LastOwner, People
from app.auth import hashing
from app.auth.models import OneTimeToken
from app.auth.recovery import new_link, recover
from app.auth.tokens import BadToken
from app.errors import NotFound
from app.foundation.db import create_engine, now, session_maker
from app.invitations.service import Invitations, Terms
from tests.conftest import empty


class Household(RuleBasedStateMachine):
    """People by name with whether they own and may sign in; links with who made them."""

    people = Bundle("people")
    links = Bundle("links")
    recoveries = Bundle("recoveries")
    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.engine = create_engine(self.database_url, pool_size=1)
        self.number = 0
        self.expected: dict[str, tuple[Role, bool]] = {}
        self.open: dict[str, tuple[str, Role]] = {}
        self.recovering: dict[str, str] = {}
        self.act(lambda session: self._make(session, "first", Role.OWNER))

    def act[Found](self, what: Callable[[AsyncSession], Awaitable[Found]]) -> Found:
        async def run() -> Found:
            async with session_maker(self.engine)() as session, session.begin():
                return await what(session)

        return self.runner.run(run())

    def teardown(self) -> None:
        async def end() -> None:
            await empty(self.engine)
            await self.engine.dispose()

        self.runner.run(end())
        self.runner.close()

    def owners(self) -> list[str]:
        return [
            name for name, (role, is_in) in self.expected.items() if role is Role.OWNER and is_in
        ]

    @rule(target=people)
    def begin(self) -> Any:
        return "first"

    @rule(target=links, maker=people, role=st.sampled_from(list(Role)))
    def invite(self, maker: str, role: Role) -> Any:
        if maker not in self.owners():
            return multiple()

        async def invite(session: AsyncSession) -> str:
            by = await People(session).named(maker)
            terms, lives = Terms(role=role), timedelta(days=1)
            return (await Invitations(session).invite(terms, by=by, lives=lives))[0]

        secret = self.act(invite)
        self.open[secret] = (maker, role)
        return secret

    @rule(target=people, link=links)
    def accept(self, link: str) -> Any:
        self.number += 1
        name = f"guest number {self.number}"
        maker, role = self.open.get(link, ("", Role.READER))
        try:
            self.act(lambda session: Invitations(session).accept(link, name, "!", None))
        except BadToken:
            assert maker not in self.owners()
            return multiple()
        assert maker in self.owners()
        del self.open[link]
        self.expected[name] = (role, True)
        return name

    @rule(link=links)
    def take_back(self, link: str) -> None:
        async def take_back(session: AsyncSession) -> None:
            row = await Invitations(session).tokens.good(link)
            await Invitations(session).take_back(row.id)

        try:
            self.act(take_back)
        except (BadToken, NotFound):
            assert link not in self.open
        else:
            del self.open[link]

    @rule(link=consumes(links))
    def time_passes(self, link: str) -> None:
        if self.open.pop(link, None) is None:
            return

        async def expire(session: AsyncSession) -> None:
            row = await Invitations(session).tokens.good(link)
            past = now() - timedelta(seconds=1)
            await session.execute(
                update(OneTimeToken).where(OneTimeToken.id == row.id).values(expires_at=past)
            )

        self.act(expire)

    @rule(target=recoveries, name=people)
    def forget_password(self, name: str) -> Any:
        """Of several links for one person the newest works."""
        if name not in self.expected:
            return multiple()

        async def link(session: AsyncSession) -> str:
            return await new_link(session, await People(session).named(name))

        secret = self.act(link).rpartition("/")[2]
        older = [link for link, whose in self.recovering.items() if whose == name]
        for link_before in older:
            del self.recovering[link_before]
        self.recovering[secret] = name
        return secret

    @rule(link=recoveries)
    def choose_password(self, link: str) -> None:
        _role, may_come = self.expected.get(self.recovering.get(link, ""), (None, False))
        try:
            self.act(lambda session: recover(session, link, "nine lamps over a quiet harbour"))
        except BadToken:
            assert not may_come
        else:
            assert may_come
            del self.recovering[link]

    @rule(name=people, role=st.sampled_from(list(Role)))
    def give_role(self, name: str, role: Role) -> None:
        self._change(name, lambda people, one: people.give_role(one, role), role is Role.OWNER)
        self._expect(name, role=role)

    @rule(name=people)
    def disable(self, name: str) -> None:
        self._change(name, lambda people, one: people.disable(one), False)
        self._expect(name, is_in=False)

    @rule(name=people)
    def enable(self, name: str) -> None:
        self._change(name, lambda people, one: people.enable(one), True)
        self._expect(name, is_in=True)

    @rule(name=people)
    def delete(self, name: str) -> None:
        self._change(name, lambda people, one: people.delete(one, heir=None), False)
        if name in self.expected and not self.refused:
            del self.expected[name]
            self.open = {link: made for link, made in self.open.items() if made[0] != name}

    @invariant()
    def somebody_may_always_do_everything(self) -> None:
        assert self.owners()

    @invariant()
    def everybody_is_as_they_should_be(self) -> None:
        async def found(session: AsyncSession) -> dict[str, tuple[Role, bool]]:
            rows = await session.execute(select(User.name, User.role, User.disabled_at))
            return {name: (role, disabled_at is None) for name, role, disabled_at in rows}

        assert self.act(found) == self.expected

    @invariant()
    def the_list_shows_what_works(self) -> None:
        listed = self.act(lambda session: Invitations(session).open_ones())
        working = [made for made in self.open.values() if made[0] in self.owners()]

        assert len(listed) == len(working)

    def _change(
        self, name: str, change: Callable[[People, User], Awaitable[None]], keeps_an_owner: bool
    ) -> None:
        async def run(session: AsyncSession) -> None:
            people = People(session)
            await change(people, await people.named(name))

        self.refused = False
        is_last = self.owners() == [name]
        try:
            self.act(run)
        except NotFound:
            assert name not in self.expected
        except LastOwner:
            self.refused = True
            assert is_last and not keeps_an_owner
        else:
            assert name in self.expected
            assert keeps_an_owner or not is_last

    def _expect(self, name: str, *, role: Role | None = None, is_in: bool | None = None) -> None:
        if name in self.expected and not self.refused:
            old_role, was_in = self.expected[name]
            self.expected[name] = (role or old_role, was_in if is_in is None else is_in)

    async def _make(self, session: AsyncSession, name: str, role: Role) -> None:
        await People(session).create(name, "!", role=role)
        self.expected[name] = (role, True)


def test_SEC36_no_order_of_acts_loses_the_last_owner_or_wakes_a_dead_link(
    database_url: str,
) -> None:
    Household.database_url = database_url
    hashing.use_cost(hashing.Cost(time=1, memory_kib=8))

    run_state_machine_as_test(
        Household,
        settings=settings(
            max_examples=6,
            stateful_step_count=15,
            suppress_health_check=list(HealthCheck),
        ),
    )
