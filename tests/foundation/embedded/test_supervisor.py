"""The process tree of `bunko serve`: start, stop, kills, two trees on one folder."""

import os
import signal
from pathlib import Path

import pytest

from app.foundation.embedded.processes import send
from tests.foundation.embedded.elsewhere import keep_seven, processes_of, sockets_in, sql, until
from tests.foundation.embedded.trees import (
    Begin,
    answers,
    hear_of,
    lives,
    parent_of,
    postmaster,
    tree,
    valkey_pid,
)

pytestmark = pytest.mark.processes


def test_web_and_worker_are_forked_beside_the_servers_and_sigterm_ends_all(
    data: Path, elsewhere: Begin
) -> None:
    launcher = elsewhere(tree(data, "web", "worker"))
    facts = hear_of(launcher, "web", "worker")
    for fact in facts.values():
        assert fact["parent"] == launcher.pid
        assert fact["threads"] == 1
        assert fact["database"] == f"postgresql+asyncpg://bunko@/bunko?host={data}/run"
        assert fact["valkey"] == f"unix://{data}/run/valkey.sock?db=0"
    assert sql(data / "run", "SELECT 1") == "1"
    assert len(os.listdir(f"/proc/{launcher.pid}/task")) == 1

    launcher.signal(signal.SIGTERM)

    assert launcher.join() == 0
    assert processes_of(data) == []
    assert sockets_in(data) == []
    assert not [pid for pid in pids(facts) if Path(f"/proc/{pid}").exists()]


def pids(facts: dict[str, dict[str, object]]) -> list[object]:
    return [fact["pid"] for fact in facts.values()]


def test_ctrl_c_and_a_closed_terminal_end_it_as_well(data: Path, elsewhere: Begin) -> None:
    for signum in (signal.SIGINT, signal.SIGHUP):
        launcher = elsewhere(tree(data, "web"))
        hear_of(launcher, "web")

        launcher.signal(signum)

        assert launcher.join() == 0
        assert processes_of(data) == []


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_killed_child_is_started_again_and_the_others_are_left_alone(
    data: Path, elsewhere: Begin, name: str
) -> None:
    launcher = elsewhere(tree(data, "web", "worker"))
    before = hear_of(launcher, "web", "worker")

    send(before[name]["pid"], signal.SIGKILL)  # type: ignore[arg-type]

    after = launcher.hear(within=2.0)
    other = next(fact for key, fact in before.items() if key != name)
    assert after["name"] == name
    assert after["pid"] != before[name]["pid"]
    assert after["database"] == before[name]["database"]
    assert after["threads"] == 1
    assert Path(f"/proc/{other['pid']}").exists()


def test_killed_servers_come_back_with_every_committed_row(data: Path, elsewhere: Begin) -> None:
    launcher = elsewhere(tree(data, "web"))
    web = hear_of(launcher, "web")["web"]
    keep_seven(data / "run")
    postgres, valkey = postmaster(data), valkey_pid(data)

    send(postgres, signal.SIGKILL)
    send(valkey, signal.SIGKILL)

    until(lambda: answers(data, "SELECT n FROM kept")() == "7", "Postgres is back", 10)
    until(lambda: valkey_pid(data) not in (0, valkey), "Valkey is back", 10)
    until(lambda: (data / "run" / "valkey.sock").is_socket(), "Valkey listens", 10)
    assert postmaster(data) != postgres
    assert Path(f"/proc/{web['pid']}").exists()


def test_when_the_launcher_is_killed_everything_goes_and_the_next_start_recovers(
    data: Path, elsewhere: Begin
) -> None:
    launcher = elsewhere(tree(data, "web", "worker"))
    facts = hear_of(launcher, "web", "worker")
    keep_seven(data / "run")

    launcher.signal(signal.SIGKILL)

    until(lambda: processes_of(data) == [], "the servers have gone")
    until(lambda: not any(lives(pid) for pid in pids(facts)), "the children have gone")
    assert sockets_in(data) == []
    again = elsewhere(tree(data, "web"))
    hear_of(again, "web")
    assert sql(data / "run", "SELECT n FROM kept") == "7"


def test_a_second_tree_adopts_the_servers_and_takes_over_within_two_seconds(
    data: Path, elsewhere: Begin
) -> None:
    first = elsewhere(tree(data, "web"))
    hear_of(first, "web")
    second = elsewhere(tree(data, "web"))
    hear_of(second, "web")
    keep_seven(data / "run")
    assert parent_of(postmaster(data)) == first.pid

    first.signal(signal.SIGTERM)

    until(lambda: owns_postgres(data, second.pid), "the second tree owns Postgres", 2.0)
    until(lambda: parent_of(valkey_pid(data)) == second.pid, "and Valkey", 2.0)
    assert first.join() == 0


def owns_postgres(data: Path, owner: int) -> bool:
    return parent_of(postmaster(data)) == owner and answers(data, "SELECT n FROM kept")() == "7"
