"""What is done by itself stands on the timetable, and does something."""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import worker  # noqa: F401 (all kinds are known)
from app.auth.history import KEPT as SIGN_INS_KEPT
from app.auth.models import (
    AppPassword,
    OneTimeToken,
    Session,
    SignIn,
    SignInChallenge,
    Throttle,
    TokenFamily,
    Way,
)
from app.auth.throttle import FORGOTTEN_AFTER
from app.downloads.jobs import ring_downloads, sweep_downloads
from app.downloads.service import want
from app.foundation.db import new_id, now, session_maker
from app.foundation.queue import Run
from app.foundation.queue.models import Job, JobState
from app.foundation.queue.registry import KINDS, JobKind
from app.foundation.queue.timetable import _planners
from app.monitoring.jobs import KEPT, tidy_up
from app.notifications.jobs import forget_notifications
from app.notifications.models import Kind, Notification
from tests import factories
from tests.downloads import rows

type Do = Callable[[JobKind], Awaitable[None]]

UPKEEP = (
    *("check_providers", "forget_checks", "check_sources", "tidy_folders", "sweep_downloads"),
    *("forget_downloads", "ring_downloads", "care_for_database", "tidy_up", "forget_audit_lines"),
    *("forget_notifications", "forget_acts", "describe_files", "scan_library"),
)


@pytest.fixture
def do(session, engine, settings) -> Do:
    async def do(kind: JobKind) -> None:
        mine = Job(kind=kind.name, state=JobState.RUNNING, fence=1)
        session.add(mine)
        await session.commit()
        maker = session_maker(engine)
        run = Run(
            job_id=mine.id,
            kind=kind.name,
            fence=1,
            attempt=1,
            session_maker=maker,
            settings=settings,
        )
        await kind.function(run)

    return do


@pytest.mark.parametrize("name", UPKEEP)
def test_upkeep_comes_by_itself(name: str) -> None:
    kind = KINDS[name]

    assert kind.every is not None or name in _planners


def _ways_in(person_id: UUID, password_id: UUID, ended: Any) -> list[Any]:
    """One of each, that nobody can use since then."""
    long_ago, secret = ended - timedelta(days=1), bytes(new_id().bytes)
    here: dict[str, Any] = {"device": "Phone", "network": "192.0.2.0/24"}
    return [
        Session(
            **{**here, "user_id": person_id, "secret_hash": secret, "scheme": "https"},
            **{"stays": True, "used_at": long_ago, "expires_at": ended},
        ),
        SignInChallenge(
            **{"user_id": person_id, "secret_hash": secret, "scheme": "https", "then": "/"},
            **{"stays": True, "way": Way.PASSWORD, "expires_at": ended},
        ),
        OneTimeToken(kind="reset", secret_hash=secret, user_id=person_id, expires_at=ended),
        AppPassword(
            **{"id": password_id, "user_id": person_id, "name": "Script", "scopes": ["read"]},
            **{"secret_hash": secret, "md5_hash": secret, "expires_at": ended},
        ),
        SignIn(**here, user_id=person_id, way="password", is_good=True, at=ended),
        Throttle(key=f"account {secret.hex()}", failures=3, updated_at=ended),
    ]


@pytest.mark.parametrize(("ago", "is_left"), [(timedelta(0), True), (timedelta(days=1), False)])
async def test_ways_in_that_nobody_can_use_any_more_are_forgotten(
    session, do: Do, ago: timedelta, is_left: bool
) -> None:
    person = await factories.alice(session)
    most = max(SIGN_INS_KEPT, FORGOTTEN_AFTER, KEPT)
    ended = now() - most - ago if not is_left else now() + timedelta(hours=1)
    session.add_all(_ways_in(person.id, new_id(), ended))
    await session.commit()

    await do(tidy_up)

    for table in (Session, SignInChallenge, OneTimeToken, AppPassword, SignIn, Throttle):
        left = await session.scalar(select(func.count()).select_from(table))
        assert (table.__name__, left) == (table.__name__, int(is_left))


async def test_keys_of_programs_that_ended_are_forgotten(session, do: Do) -> None:
    person, password_id = await factories.alice(session), new_id()
    *_, password, _sign_in, _throttle = _ways_in(person.id, password_id, now())
    password.expires_at = None
    family = TokenFamily(
        **{"app_password_id": password_id, "scopes": ["read"], "device": "Phone"},
        **{"network": "192.0.2.0/24", "expires_at": now() - timedelta(minutes=1)},
    )
    session.add(password)
    await session.flush()
    session.add(family)
    await session.commit()

    await do(tidy_up)

    assert await session.scalar(select(func.count(TokenFamily.id))) == 0
    assert await session.scalar(select(func.count(AppPassword.id))) == 1


async def test_old_notifications_are_forgotten(session, do: Do) -> None:
    person = await factories.alice(session)
    for moment in (now(), now() - timedelta(days=200)):
        session.add(
            Notification(
                **{"user_id": person.id, "kind": Kind.DOWNLOAD, "sentence": "It failed."},
                **{"at": moment, "about": str(moment)},
            )
        )
    await session.commit()

    await do(forget_notifications)

    assert await session.scalar(select(func.count(Notification.id))) == 1


async def test_downloads_that_wait_without_a_job_get_one(session, do: Do) -> None:
    series = await factories.series(session, await factories.library(session), "Hourglass")
    provider = await rows.a_provider(session)
    [release] = await rows.releases(session, await rows.a_source(session, series, provider), 1)
    await want(session, [release.id])
    await session.execute(Job.__table__.delete())
    await session.commit()

    await do(ring_downloads)

    asked = select(Job.key).where(Job.kind == "download_from")
    assert list(await session.scalars(asked)) == [str(provider.id)]


async def test_pages_of_what_nobody_downloads_are_cleared_away(do: Do, settings) -> None:
    left = settings.data_dir / "downloads" / str(new_id())
    left.mkdir(parents=True)
    os.utime(left, (0, 0))

    await do(sweep_downloads)

    assert not left.exists()
