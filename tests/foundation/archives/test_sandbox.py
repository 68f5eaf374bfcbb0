"""The sandbox answers, holds its limits, and loses only the guilty file."""

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.foundation.archives.sandbox import SandboxFailure, SandboxPool

pytestmark = pytest.mark.processes
TARGETS = "tests.foundation.archives.targets:"


@pytest.fixture
def pool() -> Iterator[SandboxPool]:
    pool = SandboxPool(processes=1, memory_mb=100, cpu_seconds=1, wall_seconds=15)
    yield pool
    pool.close()


def pid_of(pool: SandboxPool) -> int:
    return pool.run_sync(TARGETS + "pid", None, None, answer=int)


def wait_until(fact: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came true"
        threading.Event().wait(0.01)


def test_a_task_gets_its_argument_as_the_type_it_declares(pool: SandboxPool) -> None:
    answer = pool.run_sync(TARGETS + "echo", None, {"times": 2, "word": "漫"}, answer=str)

    assert answer == "漫漫"


def test_a_child_reads_an_open_file_it_could_not_have_found(
    pool: SandboxPool,
) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"0123")
        file.flush()

        answer = pool.run_sync(TARGETS + "read_all", file.fileno(), 2, answer=bytes)

        assert answer == b"23"
        assert os.fstat(file.fileno()).st_size == 4


def test_one_child_serves_many_tasks_and_keeps_no_file_open(pool: SandboxPool) -> None:
    first = pid_of(pool)
    before = pool.run_sync(TARGETS + "open_descriptors", None, None, answer=int)
    with tempfile.TemporaryFile() as file:
        items = [(file.fileno(), n) for n in range(450)]
        answers = pool.run_batch_sync(TARGETS + "read_all", items, answer=bytes)

    assert answers == [b""] * 450
    assert pool.run_sync(TARGETS + "open_descriptors", None, None, answer=int) == before
    assert pid_of(pool) == first


def test_answers_keep_the_order_of_a_batch_with_and_without_files(pool: SandboxPool) -> None:
    with tempfile.TemporaryFile() as one, tempfile.TemporaryFile() as two:
        one.write(b"one")
        two.write(b"two")
        one.flush()
        two.flush()
        items = [(one.fileno(), 0), (two.fileno(), 0), (one.fileno(), 1)]
        answers = pool.run_batch_sync(TARGETS + "read_all", items, answer=bytes)

    assert answers == [b"one", b"two", b"ne"]


def test_a_bad_file_says_its_own_reason_and_the_child_lives_on(pool: SandboxPool) -> None:
    first = pid_of(pool)

    with pytest.raises(SandboxFailure, match="upside down") as failure:
        pool.run_sync(TARGETS + "complain", None, "This one is upside down.", answer=int)

    assert failure.value.reason == "This one is upside down."
    assert pid_of(pool) == first


@pytest.mark.parametrize("name", ["stumble", "answer_nonsense", "no_such_function"])
def test_a_fault_of_ours_is_a_plain_sentence_with_a_detail_for_the_log(
    pool: SandboxPool, name: str
) -> None:
    with pytest.raises(SandboxFailure) as failure:
        pool.run_sync(TARGETS + name, None, None, answer=int)

    assert failure.value.reason == "The file could not be read."
    assert failure.value.detail


def test_an_answer_of_another_type_is_a_failure_not_a_surprise(pool: SandboxPool) -> None:
    with pytest.raises(SandboxFailure, match="could not be read"):
        pool.run_sync(TARGETS + "pid", None, None, answer=str)


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_SEC39_a_crash_loses_only_the_guilty_task_of_a_batch(
    pool: SandboxPool, how: signal.Signals
) -> None:
    items = [(None, int(how) if n in (3, 7) else 0) for n in range(10)]

    answers = pool.run_batch_sync(TARGETS + "die", items, answer=int)

    failed = [n for n, answer in enumerate(answers) if isinstance(answer, SandboxFailure)]
    assert failed == [3, 7]
    assert [answer for answer in answers if answer == 0] == [0] * 8


def test_SEC39_too_much_processor_time_ends_the_task(pool: SandboxPool) -> None:
    with pytest.raises(SandboxFailure, match="processor time"):
        pool.run_sync(TARGETS + "burn", None, None, answer=int)

    assert pid_of(pool)


def test_SEC39_too_much_time_ends_the_task_and_not_its_neighbours() -> None:
    pool = SandboxPool(processes=1, wall_seconds=4.0)
    try:
        answers = pool.run_batch_sync(
            TARGETS + "hang", [(None, False), (None, True), (None, False)], answer=int
        )
    finally:
        pool.close()

    assert answers[0] == answers[2] == 1
    assert isinstance(answers[1], SandboxFailure)
    assert "too long" in answers[1].reason


def test_SEC39_too_much_memory_ends_the_task(pool: SandboxPool) -> None:
    with pytest.raises(SandboxFailure, match="memory"):
        pool.run_sync(TARGETS + "hoard", None, 150, answer=int)

    assert pool.run_sync(TARGETS + "hoard", None, 20, answer=int) == 20


def test_memory_that_earlier_tasks_left_behind_fails_no_innocent_one(pool: SandboxPool) -> None:
    answers = pool.run_batch_sync(TARGETS + "hoard", [(None, 40)] * 6, answer=int)

    assert answers == [40] * 6


def test_SEC39_the_child_has_no_environment_and_cannot_write_or_gain_rights(
    pool: SandboxPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUNKO_SECRET_KEY", "s3cret")

    seen = pool.run_sync(TARGETS + "environment", None, None, answer=dict[str, str])
    limits = pool.run_sync(TARGETS + "limits", None, None, answer=dict[str, int])
    privileges = pool.run_sync(TARGETS + "status", None, "NoNewPrivs", answer=str)
    with pytest.raises(SandboxFailure):
        pool.run_sync(TARGETS + "write", None, str(tmp_path / "out"), answer=int)

    assert {name for name in seen if not name.startswith("MALLOC_")} <= {"LANG", "LC_CTYPE"}
    assert limits["RLIMIT_FSIZE"] == limits["RLIMIT_CORE"] == 0
    assert 0 < limits["RLIMIT_NOFILE"] <= 256
    assert 100 << 20 < limits["RLIMIT_AS"] < 400 << 20
    assert privileges == "1"
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size == 0


def landlock_version() -> int:
    return int(ctypes.CDLL(None).syscall(444, None, 0, 1))


@pytest.mark.skipif(landlock_version() < 6, reason="this kernel has no Landlock 6")
def test_SEC39_the_child_can_run_connect_remove_and_signal_nothing(
    pool: SandboxPool, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"x")

    def ask(name: str, argument: object) -> object:
        return pool.run_sync(TARGETS + name, None, argument, answer=object)

    with socket.create_server(("127.0.0.1", 0)) as server:
        assert ask("connect", server.getsockname()[1]) == "PermissionError"
    assert ask("run_program", None) == 77
    assert ask("remove", str(victim)) == "PermissionError"
    assert ask("signal_parent", None) == "PermissionError"
    assert victim.exists()


def test_an_idle_child_leaves_and_the_next_task_starts_another() -> None:
    pool = SandboxPool(processes=1, idle_seconds=0.2)
    try:
        first = pid_of(pool)
        wait_until(lambda: not Path(f"/proc/{first}").exists())

        assert pool.pids() == []
        assert pid_of(pool) != first
    finally:
        pool.close()


def test_tasks_from_many_threads_share_the_bounded_children() -> None:
    pool = SandboxPool(processes=2)
    try:

        async def ask_all() -> list[int]:
            asks = (pool.run(TARGETS + "pid", None, None, answer=int) for _ in range(20))
            return await asyncio.gather(*asks)

        seen = asyncio.run(ask_all())
    finally:
        pool.close()

    assert len(set(seen)) <= 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in seen)


async def test_a_cancelled_wait_ends_when_the_child_has_let_go_of_the_file() -> None:
    pool = SandboxPool(processes=1, wall_seconds=1.0)
    try:
        working = asyncio.create_task(pool.run(TARGETS + "hang", None, True, answer=int))
        await asyncio.to_thread(wait_until, lambda: len(pool.pids()) == 1)
        queued = asyncio.create_task(pool.run(TARGETS + "hang", None, True, answer=int))
        await asyncio.sleep(0)

        queued.cancel()
        with pytest.raises(asyncio.CancelledError):
            await queued
        assert len(pool.pids()) == 1

        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert pool.pids() == []
    finally:
        pool.close()


def test_closing_fails_the_task_under_way_and_leaves_no_child() -> None:
    pool = SandboxPool(processes=1, wall_seconds=60, cpu_seconds=60)
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            pool.run_sync(TARGETS + "hang", None, True, answer=int)
        except (SandboxFailure, RuntimeError) as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: len(pool.pids()) == 1)
    (pid,) = pool.pids()
    pool.close()
    thread.join(10)

    assert len(caught) == 1
    assert not Path(f"/proc/{pid}").exists()


def test_children_die_with_a_parent_that_is_killed() -> None:
    code = (
        "import signal;from app.foundation.archives.sandbox import SandboxPool;"
        f"p=SandboxPool(1);print(p.run_sync('{TARGETS}pid',None,None,answer=int),flush=True);"
        "signal.pause()"
    )
    root = Path(__file__).parents[3]
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=root)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_SEC60_children_that_somebody_killed_while_they_were_idle_are_no_fault_of_the_next_file() -> (
    None
):
    pool = SandboxPool(2)
    both = threading.Barrier(2)

    def work() -> None:
        both.wait(10)
        pid_of(pool)

    try:
        while len(pool.pids()) < 2:
            threads = [threading.Thread(target=work) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        killed = pool.pids()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)

        assert pid_of(pool) not in killed
    finally:
        pool.close()
