"""Logs for people (console) or machines (JSON lines), on stderr, without secrets.

Text is written only under names that are known to carry nothing private; numbers, ids and times
always are. Cookies, bodies, headers and queries are never given to a logger at all.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import Enum
from types import TracebackType
from typing import Any
from uuid import UUID

import msgspec

from app.config import LogFormat
from app.foundation.logger import structlog
from app.foundation.security.text import on_one_line

type Event = MutableMapping[str, Any]
type ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

WITHHELD = "[withheld]"
SHOWN = {
    "event", "level", "logger", "time", "request_id", "method", "path", "status", "ms", "reason",
    "error", "exception", "kind", "job", "worker", "library", "series", "chapter", "file", "root",
    "provider", "state", "name", "note", "host", "address", "version", "signal", "process",
    "purpose", "task", "queue", "folder", "person", "count", "setting", "command",
}  # fmt: skip
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}

current_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def configure_logs(log_format: LogFormat, level: str) -> None:
    """For this process; what other libraries log the stdlib way comes out the same way."""
    lowest = LEVELS[level.lower()]
    structlog.configure(
        processors=[_complete, _explain, _withhold, _as_json if log_format == "json" else _as_line],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=_StderrFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [known for known in root.handlers if not isinstance(known, _Bridge)]
    root.addHandler(_Bridge())
    root.setLevel(max(lowest, logging.INFO))
    for chatty in ("uvicorn.access", "sqlalchemy.engine", "httpx", "saq", "alembic", "watchfiles"):
        logging.getLogger(chatty).setLevel(max(lowest, logging.WARNING))


def show_fields(*names: str) -> None:
    """Text under these names may be written to logs."""
    SHOWN.update(names)


def _complete(_logger: Any, level: str, event: Event) -> Event:
    event["level"] = "error" if level == "exception" else level
    event["time"] = datetime.now(UTC)
    request_id = current_request_id.get()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def _explain(_logger: Any, _level: str, event: Event) -> Event:
    found = event.pop("exc_info", None)
    error = _exception(found)
    if error is not None:
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()
    return event


def _exception(found: Any) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    if isinstance(found, tuple):
        return found[1] if isinstance(found[1], BaseException) else None
    return sys.exc_info()[1] if found else None


def _withhold(_logger: Any, _level: str, event: Event) -> Event:
    return {name: _shown(name, value) for name, value in event.items()}


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float | UUID | datetime | date):
        return value
    if name not in SHOWN:
        return WITHHELD
    text = str(value)
    if name == "exception":
        return "\n".join(on_one_line(line) for line in text.split("\n"))
    return on_one_line(text)


def _as_json(_logger: Any, _level: str, event: Event) -> str:
    ahead = {name: event[name] for name in ("time", "level", "event")}
    return msgspec.json.encode({**ahead, **event}).decode()


def _as_line(_logger: Any, _level: str, event: Event) -> str:
    event = dict(event)
    head = f"{event.pop('time'):%H:%M:%S} {event.pop('level'):<7} {event.pop('event')}"
    trace = event.pop("exception", "")
    tail = "".join(f" {name}={_quoted(value)}" for name, value in event.items())
    return f"{head}{tail}" + (f"\n{trace}" if trace else "")


def _quoted(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if " " in text or not text else text


class _Stderr:
    """The last step: one line, one write."""

    def msg(self, line: str) -> None:
        # Looked up each time, so that a redirected stderr is honoured.
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    log = debug = info = warning = warn = error = critical = exception = fatal = failure = msg


class _StderrFactory:
    def __call__(self, *_: Any) -> _Stderr:
        return _Stderr()


class _Bridge(logging.Handler):
    """What is logged through the standard library (uvicorn, SAQ, asyncio)."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger()
        level = record.levelname.lower() if record.levelname.lower() in LEVELS else "info"
        getattr(logger, level)(record.getMessage(), logger=record.name, exc_info=record.exc_info)
