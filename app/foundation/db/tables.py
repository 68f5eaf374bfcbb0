"""The tables of the whole house."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator

from sqlalchemy import MetaData

from app.foundation.db.base import Table


def all_tables() -> MetaData:
    """The tables of every room: each `models` module is imported, whichever rooms exist."""
    for name in _model_modules():
        importlib.import_module(name)
    return Table.metadata


def _model_modules() -> Iterator[str]:
    for package in ("app", "app.foundation"):
        folder = importlib.import_module(package).__path__
        for room in pkgutil.iter_modules(folder, f"{package}."):
            if room.ispkg and importlib.util.find_spec(f"{room.name}.models"):
                yield f"{room.name}.models"
