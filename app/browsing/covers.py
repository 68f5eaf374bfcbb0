"""Where the pictures of rows are, for templates."""

from typing import Any

from app.reading import addresses


def cover_url(row: Any, width: int) -> str:
    """For a row with `series_id` or `id`, and `cover_version`; empty when nothing can be shown."""
    if row.cover_version is None:
        return ""
    series_id = getattr(row, "series_id", None) or row.id
    return addresses.cover_url(series_id, row.cover_version, width)
