"""Names that look like others: mixed scripts, and one letter in the shape of another.

Unicode Technical Standard #39. Which scripts may stand in one name is its level "Highly
Restrictive" (5.2): one script, or Latin beside those of Japanese, Chinese or Korean. What two names
share when they look the same is its skeleton (4). Both tables are Unicode's, see
`docs/dependencies.md`; they are read at first use.
"""

import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import NamedTuple

_DATA = Path(__file__).with_name("data")
SCRIPTS = _DATA / "scripts.txt"
LOOKALIKES = _DATA / "lookalikes.txt"
TOGETHER = (
    frozenset({"Latn", "Hani", "Hira", "Kana"}),
    frozenset({"Latn", "Hani", "Bopo"}),
    frozenset({"Latn", "Hani", "Hang"}),
)


def mixes_scripts(name: str) -> bool:
    """Whether its letters are of scripts that nobody writes together ("аlice" with a Cyrillic а)."""
    found = [scripts for scripts in map(_scripts_of, name) if scripts]
    if not found or frozenset.intersection(*found):
        return False
    return not any(all(scripts & allowed for scripts in found) for allowed in TOGETHER)


def skeletons(name: str) -> frozenset[str]:
    """What two names share when they look the same, as written or written small."""
    plain = unicodedata.normalize("NFKC", name)
    return frozenset({_skeleton(plain), _skeleton(plain.casefold())})


def _skeleton(name: str) -> str:
    known = _lookalikes()
    parts = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFD", "".join(known.get(char, char) for char in parts))


def _scripts_of(char: str) -> frozenset[str]:
    """Empty for what every script uses: digits, spaces, marks."""
    table = _scripts()
    at = bisect_right(table.starts, ord(char)) - 1
    return table.scripts[at] if at >= 0 and ord(char) <= table.ends[at] else frozenset()


class _Ranges(NamedTuple):
    starts: list[int]
    ends: list[int]
    scripts: list[frozenset[str]]


@cache
def _scripts() -> _Ranges:
    rows = [line.split() for line in SCRIPTS.read_text("utf-8").splitlines()]
    return _Ranges(
        [int(row[0], 16) for row in rows],
        [int(row[1], 16) for row in rows],
        [frozenset(row[2:]) for row in rows],
    )


@cache
def _lookalikes() -> dict[str, str]:
    lines = LOOKALIKES.read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)
