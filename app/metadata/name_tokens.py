"""The words of file names: what stands for a volume, a chapter, a special, a language.

Every expression runs over text whose spaces were made single and whose length is capped, holds
no nested repetition and begins at a fixed word: it takes linear time (SEC46).
"""

import re
from decimal import Decimal

NUMBER = r"(\d{1,12}(?:[.,]\d{1,6})?)"
_RANGE = rf"(?:( ?[-~–] ?)(?:[a-z]{{1,4}}\.? ?)?{NUMBER})?"
_TIGHT_RANGE = rf"(?: ?[-~–] ?{NUMBER})?"
_SUFFIX = r"(x\d{1,2}|[ab](?!\w))?"
_I = re.IGNORECASE

VOLUME = re.compile(
    rf"(?<!\w)(?:(?:volumes?|vols?|tomes?|том[аы]?|band)\.? ?|[vt]\.?){NUMBER}{_RANGE}(?![^\W_])",
    _I,
)
VOLUME_UNKNOWN = re.compile(r"(?<!\w)vol(?:ume)?\.? ?tbd(?!\w)", _I)
SEASON = re.compile(r"(?<!\w)(?:season ?|s)(\d{1,3})(?!\w)", _I)
CJK_VOLUME = re.compile(rf"第? ?{NUMBER}{_TIGHT_RANGE} ?[巻卷册]|제? ?{NUMBER}{_TIGHT_RANGE} ?권")

CHAPTER = re.compile(
    r"(?<!\w)(?:(?:chapters?|chapitre|chap|ch|episodes?|ep|глав[аы]|cap[ií]tulo|capitolo|cap"
    rf"|kapitel|issue)\.? ?|c\.?|\# ?){NUMBER}{_SUFFIX}{_RANGE}(?![^\W_])",
    _I,
)
CJK_CHAPTER = re.compile(
    rf"第? ?{NUMBER}{_TIGHT_RANGE} ?[話话]|第 ?{NUMBER}{_TIGHT_RANGE} ?[回章]"
    rf"|제? ?{NUMBER}{_TIGHT_RANGE} ?[화장]"
)
SPECIAL_NUMBER = re.compile(r"(?<!\w)sp ?(\d{1,6})(?!\w)", _I)
SPECIAL_WORD = re.compile(
    r"(?<!\w)(specials?|omakes?|extras?|bonus|artbooks?|side story)(?: ?\#?(\d{1,6}))?(?!\w)", _I
)
ONESHOT = re.compile(r"(?<!\w)one[ -]?shot(?!\w)", _I)
BARE = re.compile(rf"(?<![\w.,'$]){NUMBER}{_SUFFIX}{_RANGE}(?![\w%'])", _I)
BRACKETS = re.compile(r"[(\[{【「『]([^()\[\]{}【】「」『』]*)[)\]}】」』]")

YEAR = re.compile(r"(?:19|20)\d\d(?: ?[-–] ?(?:(?:19|20)?\d\d)?)?\Z")
CHECKSUM = re.compile(r"[0-9A-F]{8}\Z", _I)
EDITION = re.compile(
    r"(?:digital|digital[- ](?:hd|rip)|f|fixed|c2c|scan|scans|hd|hq|raw|raws|complete|uncensored"
    r"|colou?r(?:ed)?|full colou?r|official|webrip|web|omnibus(?: edition)?|\d{1,3}(?: of \d{1,3})?"
    r"|deluxe(?: edition)?|(?:\w+ )?edition|oneshot|one[ -]shot)\Z",
    _I,
)
EDITION_AT_END = re.compile(r"[ ,-]+(?:omnibus(?: edition)?|uncensored)\Z", _I)

_CODES = (
    "ar ca cs da de el en es fa fi fr he hi hu id it ja ko ms nl no pl pt ro ru sv th tr uk vi zh"
)
LANGUAGES = {
    **{code: code for code in _CODES.split()},
    **{"eng": "en", "english": "en", "jp": "ja", "jpn": "ja", "japanese": "ja", "raw": "ja"},
    **{"kor": "ko", "korean": "ko", "chi": "zh", "chinese": "zh", "cn": "zh", "fra": "fr"},
    **{"fre": "fr", "french": "fr", "ger": "de", "deu": "de", "german": "de", "spa": "es"},
    **{"spanish": "es", "esp": "es", "ita": "it", "italian": "it", "rus": "ru", "russian": "ru"},
    **{"por": "pt", "pt-br": "pt-BR", "ptbr": "pt-BR", "es-la": "es-419", "es-419": "es-419"},
    **{"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "zh-cn": "zh-CN", "zh-tw": "zh-TW"},
}

MOST_NUMBER = Decimal(1_000_000)
"""Behind the largest value that numeric(9,3) holds."""
MOST_VOLUME = Decimal(100_000)
"""Behind the largest value that numeric(7,2) holds."""


def decimal_of(text: str) -> Decimal:
    """The value of what NUMBER matched; at most three decimal places count."""
    whole, _, part = text.replace(",", ".").partition(".")
    return Decimal(f"{whole}.{part[:3]}") if part else Decimal(whole)


def with_suffix(number: Decimal, suffix: str | None) -> Decimal:
    """`12b` is 12.5 and `12x1` is 12.1, as readers of such names count them."""
    if not suffix or suffix in "aA":
        return number
    if suffix in "bB":
        return number + Decimal("0.5")
    return decimal_of(f"{int(number)}.{int(suffix[1:])}")


def plain_number(number: Decimal) -> str:
    """`12`, `12.5`: no exponent, no trailing zeros."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
