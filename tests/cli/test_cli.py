"""Every command explains itself, and fails with one sentence and a non-zero exit."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import cli

BUNKO = Path(sys.executable).parent / "bunko"

type Answer = subprocess.CompletedProcess[str]


def bunko_itself(*words: str) -> Answer:
    """The command as people type it: a process that first imports everything."""
    return subprocess.run([BUNKO, *words], capture_output=True, text=True, timeout=60)


@pytest.fixture
def bunko(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """What the command does, within this process."""

    def call(*words: str, **environment: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["bunko", *words])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(words, int(end.value.code or 0), out, err)

    return call


def test_help_lists_every_command():
    answer = bunko_itself("--help")

    assert answer.returncode == 0
    assert all(f"\n  {name} " in answer.stdout for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(name, bunko):
    answer = bunko(name, "--help")

    assert answer.returncode == 0
    assert "Usage:" in answer.stdout


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_scaled_process_says_which_url_it_lacks(name, bunko):
    answer = bunko(name, BUNKO_DATABASE_URL="", BUNKO_VALKEY_URL="")

    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "BUNKO_DATABASE_URL is not set" in answer.stderr


def test_a_busy_port_is_one_sentence(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        answer = bunko_itself("serve", "--data", str(tmp_path / "data"), "--port", port)

    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert f"port {port}: Address already in use" in answer.stderr


def test_wrong_configuration_is_one_sentence(bunko):
    answer = bunko("config", BUNKO_PORT="http")

    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "BUNKO_PORT should be a whole number" in answer.stderr


def test_a_database_that_is_away_is_one_sentence(bunko):
    answer = bunko("db", "current", BUNKO_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "database cannot be reached" in answer.stderr


def test_SEC52_config_hides_secrets(bunko):
    answer = bunko("config", BUNKO_SECRET_KEY="canary-0123456789-abcdefghijklmnop")

    assert answer.returncode == 0
    assert "canary" not in answer.stdout + answer.stderr
