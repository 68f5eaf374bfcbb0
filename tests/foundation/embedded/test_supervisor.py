"""The process tree of `bunko serve`, with children small enough to look through."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import BunkoError, ConfigError
from app.foundation.embedded.child import Child
from app.foundation.embedded.processes import has_ended, send
from app.foundation.embedded.supervisor import DATABASE_URL, VALKEY_URL, Supervisor
from tests.foundation.embedded.elsewhere import (
    Elsewhere,
    Line,
    keep_seven,
    processes_of,
    psql,
    sockets_in,
    sql,
    until,
)

pytestmark = pytest.mark.processes

Begin = Callable[..., Elsewhere]


def beat(line: Line, name: str) -> Callable[[], None]:
    """Says who it is, then lives until SIGTERM."""

    def work() -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        line.say(
            name=name,
            pid=os.getpid(),
            parent=os.getppid(),
            threads=len(os.listdir("/proc/self/task")),
            database=os.environ.get(DATABASE_URL),
            valkey=os.environ.get(VALKEY_URL),
        )
        while True:
            signal.pause()

    return work


def tree(data: Path, *names: str, **options: object) -> Callable[[Line], int]:
    """A launcher with a child of each name; its error becomes a fact, as the CLI would print it."""

    def work(line: Line) -> int:
        children = {name: beat(line, name) for name in names}
        children |= {n: w(line) for n, w in options.pop("more", {}).items()}  # type: ignore[attr-defined]
        try:
            return Supervisor(data, children, **options).run()  # type: ignore[arg-type]
        except BunkoError as error:
            line.say(sentence=str(error))
            return 1

    return work


def hear_of(launcher: Elsewhere, *names: str) -> dict[str, dict[str, object]]:
    facts = [launcher.hear() for _ in names]
    assert sorted(fact["name"] for fact in facts) == sorted(names)
    return {fact["name"]: fact for fact in facts}


def postmaster(data: Path) -> int:
    """0 while there is none."""
    return first_number(data / "pg" / "postmaster.pid")


def valkey_pid(data: Path) -> int:
    return first_number(data / "valkey.pid")


def first_number(file: Path) -> int:
    try:
        return int(file.read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return 0


def answers(data: Path, statement: str) -> Callable[[], str]:
    return lambda: psql(data / "run", statement).stdout.strip()


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


def lives(pid: object) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.mark.parametrize("given", [DATABASE_URL, VALKEY_URL])
def test_a_given_url_is_used_and_only_the_other_server_is_embedded(
    data: Path, elsewhere: Begin, given: str
) -> None:
    urls = {"database_url": "postgresql+asyncpg://there/db", "valkey_url": "valkey://there"}
    key = given.removeprefix("BUNKO_").lower()
    launcher = elsewhere(tree(data, "web", **{key: urls[key]}))

    fact = hear_of(launcher, "web")["web"]

    assert urls[key] in (fact["database"], fact["valkey"])
    assert (data / "pg" / "postmaster.pid").exists() == (given == VALKEY_URL)
    assert (data / "valkey").exists() == (given == DATABASE_URL)


def test_with_both_urls_given_nothing_is_embedded(base: Path, elsewhere: Begin) -> None:
    launcher = elsewhere(tree(base, "web", database_url="postgresql://d", valkey_url="unix://v"))

    fact = hear_of(launcher, "web")["web"]

    assert (fact["database"], fact["valkey"]) == ("postgresql://d", "unix://v")
    assert list(base.iterdir()) == []


NOTHING = {"database_url": "postgresql://d", "valkey_url": "unix://v"}


def test_a_child_that_fails_at_once_ends_the_tree_with_its_sentence(
    base: Path, elsewhere: Begin
) -> None:
    def fail(_: Line) -> Callable[[], None]:
        def work() -> None:
            raise ConfigError("Port 8000 is in use.")

        return work

    launcher = elsewhere(tree(base, "worker", more={"web": fail}, **NOTHING))
    hear_of(launcher, "worker")

    sentence = launcher.hear()["sentence"]

    assert sentence == "web does not stay up: Port 8000 is in use."
    assert launcher.join() == 1


def test_what_comes_first_runs_to_its_end_before_the_children_start(
    base: Path, elsewhere: Begin
) -> None:
    def first() -> None:
        (base / "migrated").write_text(os.environ[DATABASE_URL])

    def work(line: Line) -> int:
        def web() -> None:
            line.say(found=(base / "migrated").read_text())
            signal.pause()

        return Supervisor(base, {"web": web}, first=first, **NOTHING).run()

    assert elsewhere(work).hear()["found"] == "postgresql://d"


def test_when_what_comes_first_fails_nothing_else_starts(base: Path, elsewhere: Begin) -> None:
    def first() -> None:
        raise ConfigError("The database is newer than this Bunko.")

    launcher = elsewhere(tree(base, "web", first=first, **NOTHING))

    assert launcher.hear() == {"sentence": "The database is newer than this Bunko."}
    assert launcher.join() == 1


def test_a_child_that_does_not_listen_is_killed_after_the_grace(
    base: Path, elsewhere: Begin
) -> None:
    def deaf(line: Line) -> Callable[[], None]:
        def work() -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            line.say(name="deaf", pid=os.getpid())
            while True:
                signal.pause()

        return work

    launcher = elsewhere(tree(base, more={"deaf": deaf}, grace=0.3, **NOTHING))
    pid = hear_of(launcher, "deaf")["deaf"]["pid"]

    launcher.signal(signal.SIGTERM)

    assert launcher.join(5) == 0
    assert not lives(pid)


def test_what_a_killed_child_had_started_is_ended_and_leaves_no_zombie(
    base: Path, elsewhere: Begin
) -> None:
    def parent(line: Line) -> Callable[[], None]:
        def work() -> None:
            helper = subprocess.Popen(["sleep", "600"])
            short = subprocess.Popen(["sleep", "0"])
            line.say(name="parent", pid=os.getpid(), helper=helper.pid, short=short.pid)
            while True:
                signal.pause()

        return work

    launcher = elsewhere(tree(base, more={"parent": parent}, **NOTHING))
    before = hear_of(launcher, "parent")["parent"]
    send(before["pid"], signal.SIGKILL)  # type: ignore[arg-type]
    hear_of(launcher, "parent")
    assert lives(before["helper"])
    until(lambda: not Path(f"/proc/{before['short']}").exists(), "the zombie is reaped")

    launcher.signal(signal.SIGTERM)

    assert launcher.join() == 0
    assert not lives(before["helper"])


def test_a_stop_during_the_start_leaves_nothing_behind(base: Path, elsewhere: Begin) -> None:
    launcher = elsewhere(tree(base / "data", "web"))
    until(lambda: (base / "data" / "pg.initdb").exists(), "initdb runs")

    launcher.signal(signal.SIGTERM)

    assert launcher.join() == 0
    assert processes_of(base) == []


def test_a_child_says_how_it_ended() -> None:
    def last_words() -> None:
        sys.exit("There is no disk.")

    def killed() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)

    ends = []
    for work in (last_words, killed, lambda: sys.exit(3)):
        child = Child("web", work)
        child.start()
        assert has_ended(child.pidfd, 5)
        child.reap()
        ends.append((child.code, child.how_it_ended()))

    assert ends == [
        (1, "There is no disk."),
        (-signal.SIGUSR1, "killed by SIGUSR1"),
        (3, "exit code 3"),
    ]
