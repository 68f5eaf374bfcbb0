"""Which folders may become part of a library, and what a picker shows of them."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from app.config import Settings
from app.errors import Invalid
from app.foundation.web.i18n import _

USUAL_PLACES = ("/library", "/mnt", "/media", "/srv")
SHOWN_FOLDERS = 500
NEVER = ("/proc", "/sys", "/dev", "/run", "/etc")


class FolderView(msgspec.Struct, frozen=True):
    """One folder as the picker shows it."""

    path: Path
    parent: Path | None
    """None at the top: nothing above it may be shown."""
    folders: tuple[Path, ...]
    files: int
    hidden: int
    """How many more folders there are than are shown."""
    usable: bool
    """Whether it may be a library's: a home folder with our data in it is only a way to others."""


def offered_roots(settings: Settings) -> tuple[Path, ...]:
    """BUNKO_LIBRARY_ROOTS; without it the home folder and the usual mount points."""
    if settings.library_roots:
        return settings.library_roots
    return (Path.home(), *(Path(place) for place in USUAL_PLACES if Path(place).is_dir()))


def checked_folder(text: str, settings: Settings, *, anywhere: bool = False) -> Path:
    """The folder as an absolute path without links, or Invalid with the reason.

    `anywhere` is for the command line without BUNKO_LIBRARY_ROOTS: whoever types there can
    read the disk anyway.
    """
    folder = _reached(text, settings, anywhere=anywhere)
    if _holds_our_data(folder, settings):
        raise Invalid("Bunko keeps its own data there; choose another folder.")
    return folder


def _reached(text: str, settings: Settings, *, anywhere: bool = False) -> Path:
    if not text.strip() or "\0" in text:
        raise Invalid("Give the folder's full path, such as /library/manga.")
    asked = Path(text.strip()).expanduser()
    if not asked.is_absolute():
        raise Invalid("The path has to begin with a slash, such as /library/manga.")
    roots = () if anywhere and not settings.library_roots else offered_roots(settings)
    if roots and not _inside(Path(os.path.normpath(asked)), roots):
        # Said before looking, so that nobody learns what exists elsewhere.
        words = _("Folders can be chosen inside %(folders)s only (BUNKO_LIBRARY_ROOTS).")
        raise Invalid(words % {"folders": _listed(roots)})
    folder = _real_folder(asked)
    if (roots and not _inside(folder, roots)) or _inside(folder, map(Path, NEVER)):
        raise Invalid("This folder cannot be used: it leads to a place outside the offered ones.")
    if _inside(folder, [settings.data_dir]):
        raise Invalid("Bunko keeps its own data there; choose another folder.")
    return folder


def _holds_our_data(folder: Path, settings: Settings) -> bool:
    return _inside(_real(settings.data_dir), [folder])


def look_into(text: str, settings: Settings) -> FolderView:
    """What the picker shows of a folder; Invalid when it may not be seen or cannot be read."""
    folder = _reached(text, settings)
    names, files = [], 0
    ours = _real(settings.data_dir)
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and folder / entry.name != ours:
                        names.append(entry.name)
                else:
                    files += 1
    except OSError as error:
        raise Invalid(_unreadable(folder, error)) from error
    names.sort(key=str.casefold)
    at_top = folder in [root.resolve() for root in offered_roots(settings)]
    return FolderView(
        path=folder,
        parent=None if at_top else folder.parent,
        folders=tuple(folder / name for name in names[:SHOWN_FOLDERS]),
        files=files,
        hidden=max(0, len(names) - SHOWN_FOLDERS),
        usable=not _holds_our_data(folder, settings),
    )


def _real_folder(asked: Path) -> Path:
    try:
        folder = asked.resolve(strict=True)
        if not folder.is_dir():
            raise Invalid(_("This is a file, not a folder: %(path)s.", path=asked))
        with os.scandir(folder) as entries:
            next(entries, None)
    except (OSError, RuntimeError) as error:
        raise Invalid(_unreadable(asked, error)) from error
    return folder


def _unreadable(folder: Path, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or "it cannot be followed"
    words = _("The folder cannot be read (%(reason)s): %(folder)s.")
    return words % {"reason": reason.lower(), "folder": folder}


def _inside(path: Path, roots: Iterable[Path]) -> bool:
    return any(path.is_relative_to(root) or path.is_relative_to(_real(root)) for root in roots)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _listed(roots: Iterable[Path]) -> str:
    return ", ".join(str(root) for root in roots)
