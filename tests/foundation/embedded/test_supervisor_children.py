"""What the launcher of `bunko serve` makes of its children and of given URLs."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.foundation.embedded.child import Child
from app.foundation.embedded.processes import has_ended, send
from app.foundation.embedded.supervisor import DATABASE_URL, VALKEY_URL, Supervisor
from tests.foundation.embedded.elsewhere import Line, processes_of, until
from tests.foundation.embedded.trees import NOTHING, Begin, hear_of, lives, tree

pytestmark = pytest.mark.processes


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
