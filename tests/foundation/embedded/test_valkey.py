"""The embedded Valkey: it comes back by itself, and keeps what it can."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import valkey

from app.foundation.embedded.processes import has_ended, send, started_at
from app.foundation.embedded.valkey import EmbeddedValkey
from tests.foundation.embedded.elsewhere import (
    Elsewhere,
    keep,
    processes_of,
    sockets_in,
    until,
)

pytestmark = pytest.mark.processes


def server(data: Path) -> EmbeddedValkey:
    return EmbeddedValkey(data, data / "run")


def client(url: str) -> "valkey.Valkey[str]":
    return valkey.Valkey.from_url(url, decode_responses=True)


def test_a_later_start_finds_what_was_written(base: Path) -> None:
    with server(base) as started:
        client(started.url).set("title", "寄生獣")

    with server(base) as started:
        assert client(started.url).get("title") == "寄生獣"


def test_it_listens_only_on_a_socket_that_others_cannot_reach(base: Path) -> None:
    with server(base) as started:
        assert client(started.url).config_get("port") == {"port": "0"}
        assert (base / "run" / "valkey.sock").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["with space", "文庫", "a, b", 'it\'s "odd" #?%', "x" * 120])
def test_any_data_folder_will_do(base: Path, name: str) -> None:
    with server(base / name) as started:
        assert client(started.url).ping()
        run_dir = started.run_dir

    assert processes_of(base / name) == []
    assert run_dir == base / name / "run" or not run_dir.exists()


def test_of_four_processes_at_once_one_owns_and_three_adopt(
    base: Path, elsewhere: Callable[..., Elsewhere]
) -> None:
    four = [elsewhere(lambda line: keep(server(base), line)) for _ in range(4)]

    facts = [each.hear() for each in four]

    assert sorted(fact["owner"] for fact in facts) == [False, False, False, True]
    assert len({(fact["pid"], fact["url"]) for fact in facts}) == 1


def test_when_the_owner_is_killed_an_adopter_takes_over_within_two_seconds(
    base: Path, elsewhere: Callable[..., Elsewhere]
) -> None:
    owner = elsewhere(lambda line: keep(server(base), line))
    url = owner.hear()["url"]
    adopter = elsewhere(lambda line: keep(server(base), line))
    assert not adopter.hear()["owner"]
    client(url).set("n", "7")

    owner.signal(signal.SIGKILL)

    assert adopter.hear(within=2.0)["owner"]
    assert client(url).get("n") == "7"


def test_after_kill_9_it_is_back_with_its_keys(base: Path) -> None:
    with server(base) as started:
        client(started.url).set("n", "7")

        send(started.pid, signal.SIGKILL)
        assert has_ended(started.fileno(), 2)
        started.start()

        assert client(started.url).get("n") == "7"


def test_a_damaged_file_is_set_aside_instead_of_stopping_the_start(base: Path) -> None:
    with server(base) as started:
        client(started.url).set("n", "7")
    for file in (base / "valkey" / "appendonlydir").glob("*.incr.aof"):
        file.write_bytes(b"*3\r\n$3\r\nSET\r\nnonsense" + file.read_bytes())

    with server(base) as started:
        assert client(started.url).get("n") is None
        assert (base / "valkey" / "appendonlydir.broken").is_dir()


def test_a_reused_pid_does_not_look_like_our_server(
    base: Path, elsewhere: Callable[..., Elsewhere]
) -> None:
    bystander = elsewhere(lambda line: line.wait())
    (base / "valkey.pid").write_text(f"{bystander.pid}\n1\n{base}/run")

    with server(base) as started:
        assert started.is_owner

    assert not has_ended(bystander.pidfd)


def test_stopping_leaves_neither_process_nor_socket(base: Path) -> None:
    started = server(base)
    started.start()
    assert processes_of(base) and sockets_in(base)

    started.stop()

    assert (processes_of(base), sockets_in(base)) == ([], [])


def test_when_we_are_killed_it_ends_too(base: Path, elsewhere: Callable[..., Elsewhere]) -> None:
    owner = elsewhere(lambda line: keep(server(base), line))
    pid = owner.hear()["pid"]

    owner.signal(signal.SIGKILL)

    until(lambda: pid not in processes_of(base), "Valkey has ended")
    assert sockets_in(base) == []


def test_a_server_that_nobody_has_reaped_yet_counts_as_gone(
    elsewhere: Callable[..., Elsewhere],
) -> None:
    other = elsewhere(lambda line: line.wait())
    assert started_at(other.pid) > 0

    other.signal(signal.SIGKILL)
    assert has_ended(other.pidfd, 5)

    assert started_at(other.pid) == 0
