"""Who loses a right loses it in every process."""

import asyncio

import pytest

from app.foundation.db import session_maker
from app.foundation.valkey.live import EVERYTHING, FORGET, Live
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.valkey.rights import rights_changed
from tests import factories as make
from tests.browser import browser_of

WAYS = {
    "disabled": ("/admin/users/{user}/disable", {}),
    "younger": ("/admin/users/{user}/sees", {"age_limit": "12"}),
    "manager": ("/admin/users/{user}", {"name": "alice", "role": "manager"}),
    "hidden": ("/admin/users/{user}/sees", {"tags": ""}),
    "shut out": ("/admin/libraries/{library}/access", {}),
    "library gone": ("/admin/libraries/{library}/remove", {}),
}


@pytest.mark.parametrize("way", WAYS)
async def test_SEC23_other_processes_are_told_to_forget_what_they_keep(
    way, client, session, valkey_url
):
    library, alice = await make.library(session), await make.alice(session)
    await make.let_in(session, alice, library)
    owner = await browser_of(client, session, await make.admin(session))
    elsewhere = Live(valkey_url)
    elsewhere.start()
    await asyncio.wait_for(elsewhere.connected.wait(), 20)
    heard = elsewhere.topics([FORGET], beat=30)
    assert await anext(heard) == EVERYTHING
    kept: LocalCache[str, bool] = LocalCache(seconds=60, size=9)
    kept.put("may see it", True)

    path, form = WAYS[way]
    answer = await owner.post(path.format(user=alice.id, library=library.id), form)

    assert answer.status_code == 303
    assert kept.get("may see it") is None
    assert await asyncio.wait_for(anext(heard), 20) == FORGET
    await elsewhere.close()


async def test_SEC23_nothing_is_forgotten_before_the_commit_nor_for_a_savepoint(engine, session):
    kept: LocalCache[str, bool] = LocalCache(seconds=60, size=9)
    kept.put("may see it", True)
    async with session_maker(engine)() as other:
        rights_changed(other)
        async with other.begin_nested():
            await make.person(session, "somebody")
        before = kept.get("may see it")
        await other.commit()

    assert before is True
    assert kept.get("may see it") is None
