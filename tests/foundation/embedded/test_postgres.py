"""The embedded Postgres: first and later start, crashes, and what must not confuse it."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.foundation.embedded import binaries
from app.foundation.embedded.errors import EmbeddedError
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.processes import has_ended, send
from tests.foundation.embedded.elsewhere import (
    Elsewhere,
    keep,
    keep_seven,
    processes_of,
    psql,
    sockets_in,
    sql,
    until,
)

pytestmark = pytest.mark.processes

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def postgres(data: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data, data / "run", durable=False)


async def test_the_first_start_makes_a_database_and_a_later_start_finds_its_rows(
    base: Path,
) -> None:
    server = EmbeddedPostgres(base, base / "run")

    url = server.start()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE kept (title text)"))
        await connection.execute(text("INSERT INTO kept VALUES ('寄生獣')"))
    await engine.dispose()
    server.stop()
    again = EmbeddedPostgres(base, base / "run")

    with again:
        assert again.url == url == f"postgresql+asyncpg://bunko@/bunko?host={base}/run"
        assert sql(base / "run", "SELECT title FROM kept") == "寄生獣"
        assert sql(base / "run", "SHOW fsync") == "on"
        assert sql(base / "run", "SHOW synchronous_commit") == "on"


def test_the_application_is_no_superuser_but_may_make_what_it_needs(data: Path) -> None:
    with postgres(data) as server:
        assert sql(server.run_dir, "SELECT rolsuper FROM pg_roles WHERE rolname=user") == "f"
        assert psql(server.run_dir, "COPY (SELECT 1) TO PROGRAM 'true'").returncode != 0
        assert psql(server.run_dir, "ALTER SYSTEM SET fsync = off").returncode != 0
        sql(server.run_dir, "CREATE DATABASE second")
        sql(server.run_dir, "CREATE EXTENSION pg_trgm")
        assert sql(server.run_dir, "SELECT cardinality(show_trgm('進撃の巨人'))") != "0"


def test_it_listens_only_on_a_socket_that_others_cannot_reach(data: Path) -> None:
    with postgres(data) as server:
        assert sql(server.run_dir, "SHOW listen_addresses") == ""
        assert (data / "run").stat().st_mode & 0o777 == 0o700
        assert (data / "run" / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700


def test_secrets_in_our_environment_do_not_reach_the_server(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUNKO_SECRET_KEY", "hush")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1")

    with postgres(data) as server:
        assert b"hush" not in Path(f"/proc/{server.pid}/environ").read_bytes()


def test_a_half_made_cluster_is_made_again(base: Path) -> None:
    (base / "pg.initdb").mkdir()
    (base / "pg.initdb" / "PG_VERSION").write_text("18\n")

    with postgres(base) as server:
        assert sql(server.run_dir, "SELECT 1") == "1"

    assert not (base / "pg.initdb").exists()


def test_of_four_processes_at_once_one_owns_and_three_adopt(
    base: Path, elsewhere: Callable[..., Elsewhere]
) -> None:
    four = [elsewhere(lambda line: keep(postgres(base), line)) for _ in range(4)]

    facts = [each.hear() for each in four]

    assert sorted(fact["owner"] for fact in facts) == [False, False, False, True]
    assert len({fact["pid"] for fact in facts}) == 1
    assert len({fact["url"] for fact in facts}) == 1
    assert sql(base / "run", "SELECT 1") == "1"


@pytest.mark.parametrize("kill", [False, True], ids=["stops", "is killed"])
def test_when_the_owner_leaves_an_adopter_takes_over_within_two_seconds(
    data: Path, elsewhere: Callable[..., Elsewhere], kill: bool
) -> None:
    def own(line) -> None:  # type: ignore[no-untyped-def]
        with postgres(data) as server:
            line.say(owner=server.is_owner)
            line.wait()

    owner = elsewhere(own)
    assert owner.hear()["owner"]
    adopters = [elsewhere(lambda line: keep(postgres(data), line)) for _ in range(2)]
    first = [each.hear() for each in adopters]
    keep_seven(data / "run")

    owner.signal(signal.SIGKILL) if kill else owner.go_on()

    later = [each.hear(within=2.0) for each in adopters]
    assert not any(fact["owner"] for fact in first)
    assert sorted(fact["owner"] for fact in later) == [False, True]
    assert {fact["url"] for fact in later} == {fact["url"] for fact in first}
    assert sql(data / "run", "SELECT n FROM kept") == "7"
    owner.join()


def test_after_kill_9_every_committed_row_is_back_quickly(data: Path) -> None:
    with EmbeddedPostgres(data, data / "run") as server:
        sql(server.run_dir, "CREATE TABLE many AS SELECT generate_series(1, 1000) AS n")
        busy = subprocess.Popen(  # a session that does not notice the end by itself
            [binaries.postgres_bin() / "psql", "-h", server.run_dir, "-U", "bunko", "-Xqc", BUSY],
            stderr=subprocess.DEVNULL,
        )
        until(lambda: "DO" in sql(server.run_dir, ACTIVE, "postgres"), "the busy session runs")

        send(server.pid, signal.SIGKILL)
        assert has_ended(server.fileno(), 2)
        server.start()

        assert sql(server.run_dir, "SELECT count(*) FROM many") == "1000"
        assert server.is_owner
        busy.wait(5)


BUSY = "DO $$ DECLARE n int := 0; BEGIN LOOP n := (n + 1) % 1000; END LOOP; END $$"
ACTIVE = "SELECT query FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"


def test_when_we_are_killed_postgres_ends_cleanly(
    data: Path, elsewhere: Callable[..., Elsewhere]
) -> None:
    owner = elsewhere(lambda line: keep(postgres(data), line))
    pid = owner.hear()["pid"]

    owner.signal(signal.SIGKILL)

    until(lambda: pid not in processes_of(data), "Postgres has ended")
    assert "database system is shut down" in (data / "pg.log").read_text()
    assert sockets_in(data) == []


def test_stopping_leaves_neither_process_nor_socket(data: Path) -> None:
    server = postgres(data)
    server.start()
    assert processes_of(data / "pg") and sockets_in(data)

    server.stop()

    assert processes_of(data) == []
    assert sockets_in(data) == []
    assert not (data / "pg" / "postmaster.pid").exists()


@pytest.mark.parametrize(
    "name",
    ["with space", "文庫 и книги", "a, b", 'it\'s "quoted"', "100% :#?", "long/" + "x" * 120],
)
def test_any_data_folder_will_do(base: Path, seeded: Callable[[Path], Path], name: str) -> None:
    data = seeded(base / name)

    with postgres(data) as server:
        assert sql(server.run_dir, "SELECT 1") == "1"
        run_dir = server.run_dir

    assert processes_of(data) == []
    assert run_dir == data / "run" or not run_dir.exists()


async def test_the_url_survives_a_folder_with_spaces_and_unicode(
    base: Path, seeded: Callable[[Path], Path]
) -> None:
    with postgres(seeded(base / "文庫 & more")) as server:
        engine = create_async_engine(server.url)
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        await engine.dispose()


def test_an_initdb_works_in_an_odd_folder(base: Path) -> None:
    with postgres(base / 'it\'s, "文庫" $HOME') as server:
        assert sql(server.run_dir, "SELECT 1") == "1"


@pytest.mark.parametrize("reused", [False, True], ids=["stale pid", "reused pid"])
def test_a_pid_file_of_the_past_does_not_stop_the_start(
    data: Path, elsewhere: Callable[..., Elsewhere], reused: bool
) -> None:
    with postgres(data):
        lines = (data / "pg" / "postmaster.pid").read_text().splitlines()
    bystander = elsewhere(lambda line: line.wait())
    lines[0] = str(bystander.pid)
    (data / "pg" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    if not reused:
        bystander.go_on()
        bystander.join()

    with postgres(data) as server:
        assert server.is_owner
        assert sql(server.run_dir, "SELECT 1") == "1"

    if reused:
        assert not has_ended(bystander.pidfd)


def test_a_server_that_somebody_started_by_hand_is_adopted(data: Path) -> None:
    with postgres(data) as other:
        os.unlink(data / "pg.running")  # as if it had never taken our lock

        with postgres(data) as server:
            assert (server.is_owner, server.pid) == (False, other.pid)

        assert sql(other.run_dir, "SELECT 1") == "1"


def test_a_cluster_of_another_version_is_named(data: Path) -> None:
    (data / "pg" / "PG_VERSION").write_text("12\n")

    with pytest.raises(EmbeddedError, match=r"made by Postgres 12, but .* holds Postgres 18"):
        postgres(data).start()

    (data / "pg" / "PG_VERSION").write_text("18\n")


@pytest.mark.skipif(not DEBIAN_15.exists(), reason="Debian's postgresql-15 is not installed")
def test_an_older_postgres_without_the_builtin_locale_also_serves(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUNKO_PG_BIN", str(DEBIAN_15))

    with postgres(base) as server:
        assert sql(server.run_dir, "SHOW server_version").startswith("15")
        assert sql(server.run_dir, "SELECT upper('é'), 'a' > 'B'") == "É|t"


def test_ctrl_c_in_our_terminal_does_not_reach_the_server(data: Path) -> None:
    with postgres(data) as server:
        assert os.getsid(server.pid) == server.pid != os.getsid(0)
