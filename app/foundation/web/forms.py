"""Forms: every field is checked by itself, so a reader learns all mistakes at once.

    class NewLibrary(msgspec.Struct, kw_only=True):
        name: Annotated[str, Meta(min_length=1, max_length=100)]
        paths: list[str]
        direction: Direction | None = None
        private: bool = False

    form = await Form.read(request, NewLibrary)
    if form.value is None:
        return show(request, "library/new.html", 422, form=form)

Field types: str, int, float, bool (a checkbox: absent is False), date, datetime, UUID, StrEnum,
Literal, a list of those (a repeated field), each also `| None` (left empty). A field named
`password…` or with `Meta(extra={"secret": True})` is taken letter for letter and never shown again.
"""

import datetime
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request
from msgspec import inspect

from app.errors import DomainError
from app.foundation.web.csrf import FIELD as CSRF_FIELD
from app.foundation.web.csrf import FORM_TYPES
from app.foundation.web.form_sentences import (
    expectation,
    is_required,
    is_secret,
    may_be_none,
    without_none,
)
from app.foundation.web.i18n import _

MOST_FIELDS = 1000
MOST_VALUES = 500
LONGEST_TEXT = 100_000
MOST_DIGITS = 18
ON = frozenset({"1", "on", "true", "yes"})
OFF = frozenset({"", "0", "off", "false", "no"})

type Sent = Mapping[str, list[str]]


class Words(dict[str, Any]):
    """Missing names are empty, so that templates may ask for any field."""

    def __missing__(self, name: str) -> str:
        return ""


class Form[Value: msgspec.Struct]:
    """`values`: what the reader typed, by field; `errors`: a sentence for each wrong field, and
    under "" for the form as a whole; `value`: the struct, None while anything is wrong."""

    def __init__(self, kind: type[Value], values: Mapping[str, Any] | None = None) -> None:
        self.kind = kind
        self.values = Words(values or {})
        self.errors: Words = Words()
        self._value: Value | None = None

    @property
    def value(self) -> Value | None:
        return None if self.errors else self._value

    @classmethod
    def blank(cls, kind: type[Value], /, **values: Any) -> "Form[Value]":
        """An empty form with the defaults of the struct and these values."""
        defaults = {
            field.name: field.default
            for field in msgspec.structs.fields(kind)
            if field.default is not msgspec.NODEFAULT
        }
        return cls(kind, {**defaults, **values})

    @classmethod
    def of(cls, value: Value) -> "Form[Value]":
        """The form that would send this value."""
        return cls(type(value), msgspec.structs.asdict(value))

    @classmethod
    async def read(
        cls, request: Request[Any, Any, Any], kind: type[Value], *, also: Iterable[str] = ()
    ) -> "Form[Value]":
        """What was sent. `also` names fields that the handler reads itself."""
        if "content-type" in request.headers and request.content_type[0] not in FORM_TYPES:
            # Read as a form it would be one with every field left empty.
            form = cls(kind)
            form.errors[""] = _("This form sent something that Bunko does not know.")
            return form
        sent: dict[str, list[str]] = {}
        uploads: set[str] = set()
        for name, item in (await request.form()).multi_items():
            if isinstance(item, str):
                sent.setdefault(name, []).append(item)
            else:
                uploads.add(name)
        return cls.check(kind, sent, ignored={CSRF_FIELD, *also}, uploads=uploads)

    @classmethod
    def check(
        cls,
        kind: type[Value],
        sent: Sent,
        *,
        ignored: Iterable[str] = (CSRF_FIELD,),
        uploads: Iterable[str] = (),
    ) -> "Form[Value]":
        form = cls(kind)
        fields = {field.name: field for field in _fields_of(kind)}
        strangers = {*sent, *uploads} - set(fields) - set(ignored)
        if strangers or len(sent) > MOST_FIELDS:
            form.errors[""] = _("This form sent something that Bunko does not know.")
        good: dict[str, Any] = {}
        for name, field in fields.items():
            form._check_field(field, sent.get(name, []), good)
        if not form.errors:
            form._value = kind(**good)
        return form

    def wrong(self, field: str, sentence: str | DomainError) -> None:
        """A rule that only the service knows ("There is such a library"); "" is the whole form."""
        self.errors[field] = _(sentence.message) if isinstance(sentence, DomainError) else sentence

    def error(self, name: str) -> str:
        return str(self.errors[name])

    def _check_field(self, field: inspect.Field, sent: list[str], good: dict[str, Any]) -> None:
        secret = is_secret(field)
        inner = without_none(field.type)
        texts = [text if secret else _tidy(text) for text in sent[:MOST_VALUES]]
        if not secret:
            self.values[field.name] = _shown(inner, texts)
        try:
            _refuse_unstorable(texts, len(sent))
            found = _convert(field, inner, texts)
        except _Wrong as error:
            self.errors[field.name] = str(error)
        else:
            if found is not msgspec.UNSET:
                good[field.name] = found


class _Wrong(ValueError):
    """The text is the sentence for the reader."""


def _fields_of(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info.fields


def _tidy(text: str) -> str:
    # Browsers send CRLF from a textarea; stray spaces around words are never meant.
    return text.replace("\r\n", "\n").strip()


def _shown(inner: inspect.Type, texts: list[str]) -> Any:
    """The reader's own words, or for a checkbox whether it was ticked."""
    if isinstance(inner, inspect.ListType):
        return texts
    if isinstance(inner, inspect.BoolType):
        return bool(texts) and texts[-1].lower() in ON
    return texts[-1] if texts else ""


def _refuse_unstorable(texts: list[str], number: int) -> None:
    if number > MOST_VALUES or any(len(text) > LONGEST_TEXT for text in texts):
        raise _Wrong(_("That is too much."))
    for text in texts:
        if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise _Wrong(_("This has a character that cannot be stored."))


def _convert(field: inspect.Field, inner: inspect.Type, texts: list[str]) -> Any:
    """The value, or UNSET where the struct's default applies."""
    if isinstance(inner, inspect.ListType):
        return [_one(inner.item_type, text) for text in texts if text]
    if isinstance(inner, inspect.BoolType):
        return _one(inner, texts[-1] if texts else "")
    if texts and texts[-1]:
        return _one(inner, texts[-1])
    return _left_empty(field, inner, was_sent=bool(texts))


def _left_empty(field: inspect.Field, inner: inspect.Type, *, was_sent: bool) -> Any:
    if was_sent and may_be_none(field):
        return None
    if was_sent and isinstance(inner, inspect.StrType) and not is_required(field):
        return ""
    if field.required or (was_sent and is_required(field)):
        raise _Wrong(_("Fill this in."))
    return msgspec.UNSET


def _one(kind: inspect.Type, text: str) -> Any:
    if isinstance(kind, inspect.BoolType):
        if text.lower() not in ON | OFF:
            raise _Wrong(_("Choose yes or no."))
        return text.lower() in ON
    try:
        return _CONVERTERS[type(kind)](kind, text)
    except (ValueError, msgspec.ValidationError) as error:
        raise _Wrong(expectation(kind)) from error


def _text(kind: Any, text: str) -> Any:
    return msgspec.convert(text, _annotated(str, kind, "min_length", "max_length", "pattern"))


def _whole(kind: Any, text: str) -> Any:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > MOST_DIGITS:
        raise ValueError(text)
    return msgspec.convert(int(text), _annotated(int, kind, "ge", "gt", "le", "lt"))


def _decimal(kind: Any, text: str) -> Any:
    number = float(text.replace(",", "."))
    if not math.isfinite(number) or len(text) > MOST_DIGITS:
        raise ValueError(text)
    return msgspec.convert(number, _annotated(float, kind, "ge", "gt", "le", "lt"))


def _annotated(base: type, kind: Any, *rules: str) -> Any:
    given = {rule: getattr(kind, rule) for rule in rules if getattr(kind, rule) is not None}
    return Annotated[base, msgspec.Meta(**given)] if given else base


def _choice(kind: Any, text: str) -> Any:
    for value in kind.values:
        if str(value) == text:
            return value
    raise ValueError(text)


_CONVERTERS: dict[type[inspect.Type], Callable[[Any, str], Any]] = {
    inspect.StrType: _text,
    inspect.IntType: _whole,
    inspect.FloatType: _decimal,
    inspect.LiteralType: _choice,
    inspect.EnumType: lambda kind, text: kind.cls(text),
    inspect.UUIDType: lambda _kind, text: UUID(text),
    inspect.DateType: lambda _kind, text: datetime.date.fromisoformat(text),
    inspect.DateTimeType: lambda _kind, text: datetime.datetime.fromisoformat(text),
}
