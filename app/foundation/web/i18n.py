"""Words and numbers in the language of the person asking; dates are in `times`.

English is the source text and needs no catalogue. Another language is a folder dropped into
`app/locales`: `<language>/LC_MESSAGES/bunko.po`; nothing has to be compiled.
"""

import gettext as stdlib_gettext
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup, escape

from app.errors import Sentence

LOCALES = Path(__file__).resolve().parents[2] / "locales"
SOURCE_LANGUAGE = "en"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


def use_language(language: str) -> None:
    """Every text made later in this request (or job) is in this language."""
    _language.set(language)


def current_language() -> str:
    return _language.get()


def _(message: str, **values: object) -> str:
    """The message in the reader's language, with `%(name)s` filled from `values`, or its own."""
    if isinstance(message, Sentence):
        own = message.values.items()
        values = {name: _(one) if isinstance(one, Sentence) else one for name, one in own}
        message = message.message
    # A catalogue keeps its own header under the empty message.
    text = translations_for(current_language()).gettext(message) if message else ""
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Like `_`, choosing by count; `%(num)s` is the count with thin separators."""
    text = translations_for(current_language()).ngettext(singular, plural, num)
    return text % {"num": number(num), **values}


class LazyText:
    """A sentence written where no reader is known yet (a constant); translated each time it is shown."""

    __slots__ = ("message", "values")

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return _(self.message, **self.values)

    def __mod__(self, values: Mapping[str, object]) -> str:
        return _(self.message) % values


def lazy_gettext(message: str, **values: object) -> LazyText:
    return LazyText(message, **values)


@cache
def languages(folder: Path = LOCALES) -> tuple[str, ...]:
    """Languages people can choose, English first; read once, so a new one needs a restart."""
    found = sorted(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/bunko.po"))
    return (SOURCE_LANGUAGE, *(name for name in found if name != SOURCE_LANGUAGE))


@cache
def language_names(folder: Path = LOCALES) -> dict[str, str]:
    """Each of them as its own readers call it."""
    return {name: _own_name(name) for name in languages(folder)}


def _own_name(language: str) -> str:
    from babel.core import Locale, UnknownLocaleError

    try:
        name = Locale.parse(language, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    return name or language


@cache
def translations_for(language: str, folder: Path = LOCALES) -> stdlib_gettext.NullTranslations:
    """The catalogue of a language; of its parent (`pt` for `pt-BR`) or the source text without one."""
    for name in (language, language.partition("-")[0]):
        catalogue = folder / name / "LC_MESSAGES" / "bunko.po"
        if name in languages(folder) and catalogue.is_file():
            return _read_catalogue(catalogue)
    return stdlib_gettext.NullTranslations()


def _read_catalogue(path: Path) -> stdlib_gettext.GNUTranslations:
    # Babel's parser is only needed by people who read another language than the source.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return stdlib_gettext.GNUTranslations(compiled)


def choose_language(
    accept_language: str, preferred: str | None = None, available: tuple[str, ...] | None = None
) -> str:
    """The person's own choice, else the best of `Accept-Language` (RFC 9110, 12.5.4), else English."""
    offered = {name.lower(): name for name in available or languages()}
    for wish in [preferred or "", *_wishes(accept_language)]:
        for candidate in (wish.lower(), wish.lower().partition("-")[0]):
            if candidate in offered:
                return offered[candidate]
    return SOURCE_LANGUAGE


def _wishes(accept_language: str) -> list[str]:
    """Language tags by falling weight; what cannot be read, or weighs nothing, is left out."""
    weighed = []
    for part in accept_language[:500].split(","):
        tag, _sep, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if tag and tag != "*" and 0 < quality <= 1:
            weighed.append((quality, tag))
    return [tag for _quality, tag in sorted(weighed, key=lambda wish: -wish[0])]


def text_direction(language: str) -> str:
    """`rtl` or `ltr`, for the `dir` attribute."""
    return "rtl" if language.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def number(value: float, digits: int = 1) -> str:
    """Thousands apart by a thin space; a fraction behind the reader's own decimal sign."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}".replace(",", THIN_SPACE)
    whole, point, fraction = f"{value:,.{digits}f}".partition(".")
    sign = _decimal_sign(current_language()) if point else ""
    return whole.replace(",", THIN_SPACE) + sign + fraction


@cache
def _decimal_sign(language: str) -> str:
    if language == SOURCE_LANGUAGE:
        return "."
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(locale_name(language))


def file_size(size: int) -> str:
    """Bytes as people say them, in steps of 1024."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024:
            return f"{number(round(amount, 1) if amount < 10 else round(amount))}{THIN_SPACE}{unit}"
        amount /= 1024
    return f"{number(round(amount, 1))}{THIN_SPACE}TB"


@cache
def locale_name(language: str) -> str:
    """The name Babel knows; a language it does not know is formatted like English (day first)."""
    from babel.core import Locale, UnknownLocaleError

    try:
        found = str(Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        found = SOURCE_LANGUAGE
    return "en_GB" if found == SOURCE_LANGUAGE else found


def install(environment: Environment) -> None:
    """Give templates `_`, `ngettext`, `{% trans %}`, and the filters of this module.

    In a template a sentence is always a format string: a literal per cent sign is `%%`.
    Jinja holds whatever a translation returns for markup (even of `_(job.error)`, which may quote
    a file's name), so it is escaped here first: no sentence of ours carries markup. What was kept
    in English (the reason of a problem, the error of a job) goes through `translated` instead: it is
    no format string.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    # Not Jinja's own: those make a copy of all that is known to a template for each word in a loop.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals.update(_=_written, gettext=_written, ngettext=_written_for)
    environment.filters.update(
        translated=_,
        number=number,
        file_size=file_size,
    )
    environment.globals.update(text_direction=text_direction, language_names=language_names)


def _written(message: str, /, **values: object) -> Markup:
    text = _markup_of(current_language(), message)
    return text % values if "%" in text else text


def _written_for(singular: str, plural: str, num: int, /, **values: object) -> Markup:
    text = escape(translations_for(current_language()).ngettext(singular, plural, num))
    return text % {"num": number(num), **values}


@lru_cache(maxsize=4096)
def _markup_of(language: str, message: str) -> Markup:
    return escape(translations_for(language).gettext(message))
