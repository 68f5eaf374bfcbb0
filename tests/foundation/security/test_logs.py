import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog

from app.foundation.security.logs import configure_logs, current_request_id

SECRET = "hunter2-and-more"


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    yield
    configure_logs("console", "INFO")


def _line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().err)
    return found


def test_a_line_for_machines_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "INFO")
    current_request_id.set("ABCDE-FGHJK")

    structlog.get_logger().info("scanned", count=3, library=UUID(int=7), reason="it was asked for")

    line = _line(capsys)
    current_request_id.set(None)
    assert line["event"] == "scanned" and line["level"] == "info" and line["count"] == 3
    assert line["request_id"] == "ABCDE-FGHJK"
    assert line["library"] == str(UUID(int=7))
    assert line["time"].endswith("Z")


def test_a_line_for_people_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("console", "INFO")

    structlog.get_logger().warning("cannot open", file="a b.cbz", count=1)

    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert 'warning cannot open file="a b.cbz" count=1' in line


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_SEC52_nothing_can_forge_a_line_or_steer_a_terminal(
    log_format: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(log_format, "INFO")

    structlog.get_logger().info("found", file="a\r\n10:00 error forged \x1b[2J\u202e")

    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "\x1b" not in line and "\r" not in line and "\u202e" not in line


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_SEC52_text_under_an_unknown_name_is_withheld(
    log_format: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(log_format, "INFO")

    structlog.get_logger().info("sent", password=SECRET, cookies={"a": SECRET}, body=SECRET)

    line = capsys.readouterr().err
    assert SECRET not in line
    assert line.count("[withheld]") == 3


def test_SEC52_a_traceback_shows_no_values_and_stays_in_its_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("console", "INFO")

    def sign_in(password: str) -> None:
        raise RuntimeError("first\x1b[31m\rsecond")

    try:
        sign_in(SECRET)
    except RuntimeError:
        structlog.get_logger().error("failed", exc_info=True)

    lines = capsys.readouterr().err
    assert "RuntimeError" in lines and "in sign_in" in lines
    assert SECRET not in lines and "\x1b" not in lines and "\r" not in lines


def test_what_other_libraries_log_comes_out_the_same_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json", "INFO")

    logging.getLogger("uvicorn.error").warning("Slow\nclient %s", "x")

    assert _line(capsys)["event"] == "Slow\\nclient x"


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "WARNING")

    structlog.get_logger().info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")

    assert capsys.readouterr().err == ""
