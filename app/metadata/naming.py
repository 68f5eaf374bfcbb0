"""A file name read as words: series, volume, chapter, language, group.

Steps: clean the text, take the brackets away and look into them, then cut tokens out from the
most explicit (SP01, v02, c003) to the least (a bare number); what stands before the first token
is the series, what stands behind the last one the title. Nothing raises on any input.
"""

import re
import unicodedata
from decimal import Decimal

import msgspec

from app.metadata import name_tokens as tokens
from app.metadata.name_tokens import decimal_of, plain_number, with_suffix

_LONGEST = 400
_EXTENSIONS = (
    *(".cbz", ".zip", ".cbt", ".tar", ".cbr", ".rar", ".cb7", ".7z", ".pdf", ".epub", ".7zip"),
)
_WIDE_TO_ASCII = {0x3000: " ", **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[\s_]+")
_DOTS = re.compile(r"\.(?!\d)|(?<!\d)\.")
_EDGES = " -–—._,:;~([{#+"
_AFTER_NUMBER = re.compile(r" ?(?:[-–—:(\[]|\Z)")


class ParsedName(msgspec.Struct, frozen=True, kw_only=True):
    """What a name says. `series` is None where only the folder can tell.

    kind is chapter, volume, special or oneshot; a special keeps its own count in `number`.
    `out_of_range` means that a number was there and too large to keep.
    """

    series: str | None = None
    volume: Decimal | None = None
    volume_end: Decimal | None = None
    number: Decimal | None = None
    number_end: Decimal | None = None
    number_text: str | None = None
    kind: str = "oneshot"
    language: str | None = None
    groups: tuple[str, ...] = ()
    year: int | None = None
    title: str | None = None
    out_of_range: bool = False


def parse_name(name: str, folder: str = "") -> ParsedName:
    """Reads a file name, or a folder's; `folder` is the name of the series folder around it.

    Give surrogate-escaped text as the file system does; it is never touched as a path.
    """
    parser = _Parser(clean(_without_extension(name)), clean(folder))
    parser.read()
    return parser.result()


def clean(name: str) -> str:
    """One line of printable text with single spaces; wide ASCII and composed accents made plain."""
    text = name[:_LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text))
        text = text.translate(_WIDE_TO_ASCII)
    text = _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()
    return text if " " in text else _SPACES.sub(" ", _DOTS.sub(" ", text)).strip()


def _without_extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return stem if dot and f".{extension.lower()}" in _EXTENSIONS else name


class _Parser:
    def __init__(self, text: str, folder: str) -> None:
        self.text = text
        self.folder = folder
        self.floor = 0
        self.start: int | None = None
        self.end = 0
        self.volume: Decimal | None = None
        self.volume_end: Decimal | None = None
        self.number: Decimal | None = None
        self.number_end: Decimal | None = None
        self.kind = ""
        self.series_from_folder = False
        self.word: str | None = None
        self.language: str | None = None
        self.groups: list[str] = []
        self.year: int | None = None
        self.out_of_range = False

    def read(self) -> None:
        self.text = _squeezed(tokens.BRACKETS.sub(self._read_bracket, self.text))
        named_by_folder = self._skip_folder_name()
        self._read_special_number()
        self._read_volume()
        self._read_chapter()
        self._read_special_word()
        if self.number is None and not self.kind:
            self._read_bare_number()
        self._read_oneshot()
        if named_by_folder and self.start is None:
            self.start = self.end = len(self.folder)

    def result(self) -> ParsedName:
        is_numbered = self.number is not None
        kind = self.kind or (
            "chapter" if is_numbered else "volume" if self.volume is not None else "oneshot"
        )
        return ParsedName(
            series=None if self.series_from_folder else self._series(),
            volume=self.volume,
            volume_end=self.volume_end,
            number=self.number,
            number_end=self.number_end,
            number_text=self._number_text(),
            kind=kind,
            language=self.language,
            groups=tuple(self.groups),
            year=self.year,
            title=self._title(),
            out_of_range=self.out_of_range,
        )

    def _read_bracket(self, match: re.Match[str]) -> str:
        content = match[1].strip()
        if tokens.ONESHOT.fullmatch(content) or _has_token(content):
            return f" {content} "
        if tokens.YEAR.match(content):
            self.year = self.year or int(content[:4])
        elif content.lower() in tokens.LANGUAGES:
            self.language = self.language or tokens.LANGUAGES[content.lower()]
        elif content and not (tokens.EDITION.match(content) or tokens.CHECKSUM.match(content)):
            if match[0][0] in "([{":
                self.groups.append(content[:100])
            else:
                return f" {match[0]} "
        return " "

    def _skip_folder_name(self) -> bool:
        # The series' own name may hold numbers: they are not looked at.
        length = len(self.folder)
        begins_so = bool(length) and self.text[:length].casefold() == self.folder.casefold()
        if begins_so and not self.text[length : length + 1].isalnum():
            self.floor = self.end = length
            return True
        return False

    def _read_special_number(self) -> None:
        if match := tokens.SPECIAL_NUMBER.search(self.text, self.end):
            self._took(match)
            self.kind = "special"
            self.number = self._kept(decimal_of(match[1]), tokens.MOST_NUMBER)

    def _read_volume(self) -> None:
        match = tokens.VOLUME.search(self.text, self.floor)
        if match:
            self._take_volume(match, match[1], match[2], match[3])
        elif match := tokens.CJK_VOLUME.search(self.text, self.floor):
            self._take_volume(match, match[1] or match[3], "-", match[2] or match[4])
        elif match := tokens.SEASON.search(self.text, self.floor):
            self._take_volume(match, match[1], None, None)
        elif match := tokens.VOLUME_UNKNOWN.search(self.text, self.floor):
            self._took(match)

    def _take_volume(
        self, match: re.Match[str], first: str, separator: str | None, last: str | None
    ) -> None:
        if last and not _is_range(first, separator or "", last):
            self._took(match, match.end(1))
            last = None
        else:
            self._took(match)
        if self.kind:
            return  # A numbered special stands for itself, whatever volume it came with.
        self.volume = self._kept(decimal_of(first), tokens.MOST_VOLUME)
        if last and self.volume is not None:
            self.volume_end = self._kept(decimal_of(last), tokens.MOST_VOLUME)

    def _read_chapter(self) -> None:
        if self.kind:
            return
        if match := tokens.CHAPTER.search(self.text, self.floor):
            self._take_chapter(match, match[1], match[2], match[3], match[4])
        elif match := tokens.CJK_CHAPTER.search(self.text, self.floor):
            found = [group for group in match.groups() if group]
            self._take_chapter(match, found[0], None, "-", found[1] if len(found) > 1 else None)

    def _take_chapter(
        self,
        match: re.Match[str],
        first: str,
        suffix: str | None,
        separator: str | None,
        last: str | None,
    ) -> None:
        if last and not _is_range(first, separator or "", last):
            self._took(match, match.end(2) if suffix else match.end(1))
            last = None
        else:
            self._took(match)
        number = with_suffix(decimal_of(first), suffix)
        self.number = self._kept(number, tokens.MOST_NUMBER)
        if last and self.number is not None:
            self.number_end = self._kept(decimal_of(last), tokens.MOST_NUMBER)

    def _read_special_word(self) -> None:
        if self.kind or self.number is not None:
            return
        has_volume = self.start is not None
        match = tokens.SPECIAL_WORD.search(self.text, self.end if has_volume else self.floor)
        if match is None:
            return
        before = tokens.BARE.search(self.text[: match.start()], max(self.floor, 1))
        if before and not has_volume:
            return  # "12 Extra" is chapter 12.
        self._took(match)
        self.kind = "special"
        self.word = match[1]
        self.number = self._kept(decimal_of(match[2]), tokens.MOST_NUMBER) if match[2] else None
        self.series_from_folder = match[1].lower().startswith("artbook")

    def _read_bare_number(self) -> None:
        has_volume = self.start is not None
        begin = self.end if has_volume else self.floor
        candidates = list(tokens.BARE.finditer(self.text, begin))
        at_once = [match for match in candidates if self._ends_here(match)]
        if has_volume:
            # Behind a volume a number may belong to the title: "v03 - 7 Days".
            chosen = at_once[:1] or [match for match in candidates if match[1][0] == "0"][:1]
        else:
            inner = [match for match in candidates if match.start() > 0]
            alone = [match for match in at_once if match.start() == 0]
            first_zero = [match for match in candidates if match[1][0] == "0"]
            ended = [match for match in at_once if match.start() > 0]
            chosen = alone[:1] or ended[:1] or first_zero[:1] or inner[-1:]
        for match in chosen:
            self._take_chapter(match, match[1], match[2], match[3], match[4])

    def _ends_here(self, match: re.Match[str]) -> bool:
        return _AFTER_NUMBER.match(self.text, match.end()) is not None

    def _read_oneshot(self) -> None:
        if self.number is None and self.volume is None and not self.kind:
            self.kind = "oneshot"
            if match := tokens.ONESHOT.search(self.text, self.floor):
                self._took(match)

    def _took(self, match: re.Match[str], end: int | None = None) -> None:
        self.start = match.start() if self.start is None else min(self.start, match.start())
        self.end = max(self.end, match.end() if end is None else end)

    def _kept(self, number: Decimal, limit: Decimal) -> Decimal | None:
        if number < limit:
            return number
        self.out_of_range = True
        return None

    def _series(self) -> str | None:
        text = self.text if self.start is None else self.text[: self.start]
        trimmed = tokens.EDITION_AT_END.sub("", text.strip(_EDGES)).strip(_EDGES + ")]}")
        return trimmed[:200] or None

    def _title(self) -> str | None:
        if self.start is None:
            return None
        rest = self.text[self.end :].strip(" -–—._,:;~#+")
        return rest[:200] or self.word

    def _number_text(self) -> str | None:
        if self.number is None:
            return None
        first = plain_number(self.number)
        return first if self.number_end is None else f"{first}-{plain_number(self.number_end)}"


def _squeezed(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _has_token(text: str) -> bool:
    return any(
        pattern.search(text)
        for pattern in (tokens.VOLUME, tokens.CHAPTER, tokens.CJK_VOLUME, tokens.CJK_CHAPTER)
    ) or bool(tokens.SPECIAL_NUMBER.search(text) or tokens.SPECIAL_WORD.fullmatch(text))


def _is_range(first: str, separator: str, last: str) -> bool:
    """Whether `01 - 03` is a range: rising, and where it is written wide, of one width."""
    if decimal_of(last) <= decimal_of(first):
        return False
    is_tight = " " not in separator
    return is_tight or len(first) == len(last) or not first.startswith("0")
