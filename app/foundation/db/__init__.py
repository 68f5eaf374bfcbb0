from app.foundation.db.base import (
    Base,
    DateTimeUTC,
    PathBytes,
    SentenceText,
    Table,
    day_of,
    midnight,
    new_id,
    now,
)
from app.foundation.db.engine import create_engine, raw_pool, session_maker

__all__ = [
    "Base",
    "DateTimeUTC",
    "PathBytes",
    "SentenceText",
    "Table",
    "create_engine",
    "day_of",
    "midnight",
    "new_id",
    "now",
    "raw_pool",
    "session_maker",
]
