"""Wrong configuration is one sentence that names the variable and what was expected."""

from pathlib import Path

import pytest

from app.config import load
from app.errors import ConfigError

HOME = {"HOME": "/home/reader"}


def test_an_empty_environment_is_a_working_one():
    settings = load(HOME)

    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, None)
    assert settings.data_dir == Path("/home/reader/.local/share/bunko")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "eighty", "a whole number from 0 to 65535"),
        ("PORT", "-1", "a whole number"),
        ("PORT", "65536", "a whole number"),
        ("PORT", "٣", "a whole number"),
        ("DATABASE_URL", "mysql://x", "postgresql:// or postgres://"),
        ("DATABASE_URL", "postgresql://h:port/x", "a URL such as"),
        ("VALKEY_URL", "http://x", "valkey"),
        ("PUBLIC_URL", "manga.example", "http"),
        ("LOG_FORMAT", "xml", "one of console, json"),
        ("LOG_LEVEL", "loud", "one of DEBUG"),
        ("SECRET_KEY", "changeme", "32 random characters"),
        ("SECRET_KEY", "a" * 40, "32 random characters"),
        ("TRUSTED_PROXIES", "*", "IP addresses or networks"),
        ("DATA_DIR", __file__, "a folder"),
        ("LIBRARY_ROOTS", "/manga:comics", "full paths"),
        ("LIBRARY_ROOTS", ".", "full paths"),
        ("WORKER_CONCURRENCY", "0", "a whole number from 1"),
    ],
)
def test_a_wrong_value_names_its_variable_and_what_was_expected(name, value, expected):
    with pytest.raises(ConfigError) as error:
        load({**HOME, f"BUNKO_{name}": value})

    assert f"BUNKO_{name} " in str(error.value)
    assert expected in str(error.value)


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "SMTP_URL"])
def test_SEC52_an_error_does_not_repeat_what_may_be_a_secret(name):
    with pytest.raises(ConfigError) as error:
        load({**HOME, f"BUNKO_{name}": "ftp://me:hunter2@host"})

    assert "hunter2" not in str(error.value)


def test_a_secret_may_come_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("0123456789abcdefghijklmnopqrstuv\n")

    assert load({**HOME, "BUNKO_SECRET_KEY_FILE": str(file)}).secret_key == file.read_bytes()[:-1]


def test_an_unreadable_secret_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="BUNKO_METRICS_TOKEN_FILE"):
        load({**HOME, "BUNKO_METRICS_TOKEN_FILE": str(tmp_path / "absent")})


def test_lists_are_read_as_such():
    settings = load(
        {**HOME, "BUNKO_LIBRARY_ROOTS": "/a:/b c", "BUNKO_TRUSTED_PROXIES": "10.0.0.1, fd00::/8"}
    )

    assert settings.library_roots == (Path("/a"), Path("/b c"))
    assert settings.trusted_proxies == ("10.0.0.1/32", "fd00::/8")
