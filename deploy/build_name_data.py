"""Build `app/accounts/data/` from Unicode's own tables, for the rules about names.

    apt-get download unicode-data && dpkg -x unicode-data_*.deb .
    uv pip install --no-deps --target . confusable-homoglyphs==3.3.1
    python deploy/build_name_data.py usr/share/unicode confusable_homoglyphs/confusables.json

`scripts.txt`: ranges of letters and marks with the scripts they are written in (Script_Extensions
where there are any, else Script). `lookalikes.txt`: a character and what it looks like (UTS #39),
without those that NFKC turns into others before anyone compares.
"""

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.accounts.lookalikes import LOOKALIKES, SCRIPTS

_LINE = re.compile(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*([\w ]+?)\s*(?:#|$)")
ANY = {"Common", "Inherited", "Zyyy", "Zinh"}


def main() -> None:
    unicode, confusables = Path(sys.argv[1]), Path(sys.argv[2])
    aliases = _aliases(unicode / "PropertyValueAliases.txt")
    scripts = {char: aliases.get(name, name) for char, name in _table(unicode / "Scripts.txt")}
    scripts |= dict(_table(unicode / "ScriptExtensions.txt"))
    SCRIPTS.parent.mkdir(exist_ok=True)
    SCRIPTS.write_text("".join(_ranges(scripts)), "utf-8")
    LOOKALIKES.write_text("".join(_lookalikes(json.loads(confusables.read_text("utf-8")))), "utf-8")


def _aliases(file: Path) -> dict[str, str]:
    rows = (line.split(";") for line in file.read_text("utf-8").splitlines())
    return {row[2].strip(): row[1].strip() for row in rows if row[0].strip() == "sc"}


def _table(file: Path) -> Iterator[tuple[int, str]]:
    for line in file.read_text("utf-8").splitlines():
        if found := _LINE.match(line):
            for char in range(int(found[1], 16), int(found[2] or found[1], 16) + 1):
                yield char, found[3]


def _ranges(scripts: dict[int, str]) -> Iterator[str]:
    start = last = -1
    for char in [*sorted(scripts), sys.maxunicode + 1]:
        if char != last + 1 or scripts.get(char) != scripts.get(start):
            if start >= 0 and scripts[start] not in ANY:
                yield f"{start:X} {last:X} {scripts[start]}\n"
            start = char
        last = char


def _lookalikes(table: dict[str, list[dict[str, str]]]) -> Iterator[str]:
    """The table names each pair both ways; what hangs together is one group, called by one of it."""
    groups: dict[str, set[str]] = {}
    for word, others in table.items():
        group = {_bare(word)}
        for known in [_bare(word), *(_bare(other["c"]) for other in others)]:
            group |= groups.get(known, {known})
        for known in group:
            groups[known] = group
    for word in sorted(groups):
        is_kept = len(word) == 1 and unicodedata.normalize("NFKC", word) == word
        looks_like = min(groups[word], key=_rank)
        if is_kept and looks_like != word:
            yield f"{word}\t{looks_like}\n"


def _bare(word: str) -> str:
    return word.replace("\u200e", "")


def _rank(word: str) -> tuple[bool, bool, str]:
    # Several letters stand for one ("rn" for "m"): they are found letter by letter.
    return len(word) == 1, not word.isascii(), word


if __name__ == "__main__":
    main()
