"""Natural reading order of entry names: page 2 comes before page 10."""

import re
import unicodedata
from collections.abc import Callable, Iterable

type OrderKey = tuple[tuple[tuple[int, int, str], ...], ...]

_CHUNKS = re.compile(r"[0-9]+|[^0-9]+")
_SAME_SHAPE = bytes.maketrans(b"0123456789", b"0000000000")
# People put these in front of a name to bring it to the front of the folder.
_BEFORE_DIGITS = frozenset("_" + "".join(map(chr, range(0x30))))
_FOLDED_NAME_LIMIT = 4096


def page_order_key(name: str) -> OrderKey:
    """Sorts entry names as a reader counts: folder by folder, numbers by value, any case or width.

    The last component is the raw name, so that no two different names are equal.
    """
    folded = unicodedata.normalize("NFKC", name[:_FOLDED_NAME_LIMIT]).casefold()
    *folders, file_name = folded.replace("\\", "/").split("/")
    stem, dot, extension = file_name.rpartition(".")
    parts = [*folders, stem, extension] if dot else [*folders, file_name]
    return (*(tuple(map(_chunk, _CHUNKS.findall(part))) for part in parts), ((9, 0, name),))


def in_page_order[T](items: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """The items sorted by `page_order_key` of their names."""
    listed = list(items)
    names = "\0".join(map(name, listed)).encode("utf-8", "surrogatepass")
    shapes = names.translate(_SAME_SHAPE).split(b"\0")
    if len(shapes) == len(listed) and len(set(shapes)) == 1:
        # Names that differ in digits only, place by place: plain order is natural order.
        listed.sort(key=name)
    else:
        listed.sort(key=lambda item: page_order_key(name(item)))
    return listed


def _chunk(text: str) -> tuple[int, int, str]:
    # A number is compared by its count of digits, then digit by digit: no int() of a huge name.
    if text[0] in "0123456789":
        digits = text.lstrip("0")
        return (1, len(digits), digits)
    return (0 if text[0] in _BEFORE_DIGITS else 2, 0, text)
