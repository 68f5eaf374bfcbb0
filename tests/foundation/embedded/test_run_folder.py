"""Where the sockets live, and that nobody else can have prepared that place."""

import os
from pathlib import Path

import pytest

from app.foundation.embedded import rundir
from app.foundation.embedded.errors import EmbeddedError

ME = (os.geteuid(), os.getegid())


@pytest.mark.parametrize("name", ["run", "文庫 run"])
def test_a_plain_folder_is_used_as_it_is(base: Path, name: str) -> None:
    assert rundir.choose(base / name) == base / name


@pytest.mark.parametrize("name", ["a,b", "a'b", 'a"b', "a\\b", "a:1", "a%20b", "x" * 90, "a\nb"])
def test_a_folder_that_a_socket_address_cannot_name_gets_a_short_stand_in(
    base: Path, name: str
) -> None:
    short = rundir.choose(base / name)

    assert short == rundir.choose(base / name)
    assert short != rundir.choose(base / f"{name}2")
    assert len(os.fsencode(short / ".s.PGSQL.5432")) <= 100
    assert rundir.UNSAFE.isdisjoint(str(short))


def test_the_stand_in_is_short_even_where_the_temporary_folder_is_not(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = base / ("t" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))

    assert len(os.fsencode(rundir.choose(base / "a,b") / ".s.PGSQL.5432")) <= 100


def test_the_folder_is_closed_to_others_even_if_it_was_open(base: Path) -> None:
    (base / "run").mkdir(mode=0o777)
    (base / "run").chmod(0o777)

    rundir.make(base / "run", *ME)

    assert (base / "run").stat().st_mode & 0o777 == 0o700


def test_a_link_that_somebody_put_there_is_refused(base: Path) -> None:
    (base / "elsewhere").mkdir()
    (base / "run").symlink_to(base / "elsewhere")

    with pytest.raises(EmbeddedError, match="not a folder of ours"):
        rundir.make(base / "run", *ME)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of another user")
def test_a_folder_of_another_user_is_refused(base: Path) -> None:
    (base / "run").mkdir()
    os.chown(base / "run", 12345, 12345)

    with pytest.raises(EmbeddedError, match="belongs to another user"):
        rundir.make(base / "run", *ME)
