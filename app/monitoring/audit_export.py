"""The audit log as a file: CSV for spreadsheets, JSON lines for programs. Never whole in memory."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import msgspec

from app.foundation.security.text import on_one_line
from app.monitoring.models import AuditLine

COLUMNS = ("at", "what", "person", "subject", "network", "device", "about")
FORMULA = ("=", "+", "-", "@", "\t", "\r")

type Rows = AsyncIterator[AuditLine]
type Writer = Callable[[Rows], AsyncIterator[bytes]]


async def as_csv(rows: Rows) -> AsyncIterator[bytes]:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    yield b"\xef\xbb\xbf" + _csv_line(COLUMNS)
    async for line in rows:
        about = "; ".join(f"{name}={value}" for name, value in line.about.items())
        yield _csv_line(
            (
                line.at.isoformat(timespec="milliseconds"),
                line.what,
                line.person_name or "",
                line.subject_name or "",
                line.network,
                line.device,
                about,
            )
        )


async def as_json_lines(rows: Rows) -> AsyncIterator[bytes]:
    async for line in rows:
        yield msgspec.json.encode(_plain(line)) + b"\n"


WRITERS: dict[str, tuple[Writer, str]] = {
    "csv": (as_csv, "text/csv"),
    "jsonl": (as_json_lines, "application/jsonl"),
}


def _plain(line: AuditLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": line.at,
        "what": line.what,
        "person_id": line.person_id,
        "person": line.person_name,
        "subject_id": line.subject_id,
        "subject": line.subject_name,
        "network": line.network,
        "device": line.device,
        "about": line.about,
    }


def _csv_line(values: Iterable[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerow([harmless(value) for value in values])
    return written.getvalue().encode()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line (OWASP: CSV injection)."""
    shown = on_one_line(text)
    return f"'{shown}" if text.startswith(FORMULA) else shown
