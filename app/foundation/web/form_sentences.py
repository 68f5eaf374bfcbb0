"""What a field expects, in words for the reader."""

from typing import Any

from msgspec import inspect

from app.foundation.web.i18n import _, ngettext


def without_none(kind: inspect.Type) -> inspect.Type:
    """The type of a field that may be left empty, without its None and its Meta wrapping."""
    if isinstance(kind, inspect.Metadata):
        return without_none(kind.type)
    if isinstance(kind, inspect.UnionType):
        return without_none(
            next(one for one in kind.types if not isinstance(one, inspect.NoneType))
        )
    return kind


def may_be_none(field: inspect.Field) -> bool:
    kind = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
    return isinstance(kind, inspect.UnionType) and any(
        isinstance(one, inspect.NoneType) for one in kind.types
    )


def is_secret(field: inspect.Field) -> bool:
    extra = field.type.extra if isinstance(field.type, inspect.Metadata) else None
    return bool(extra and extra.get("secret")) or field.name.startswith("password")


def is_required(field: inspect.Field) -> bool:
    """Whether an empty text is a mistake: no default, or a least length."""
    kind = without_none(field.type)
    least = kind.min_length if isinstance(kind, inspect.StrType) else None
    return bool(least) or field.required


def expectation(kind: Any) -> str:
    """The sentence for a value of the wrong shape."""
    if isinstance(kind, inspect.StrType):
        return _of_text(kind)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return _of_number(kind)
    if isinstance(kind, inspect.DateType | inspect.DateTimeType):
        return _("Write the date as year-month-day, such as 2026-01-31.")
    return _("Choose one of the options.")


def _of_text(kind: inspect.StrType) -> str:
    least, most = kind.min_length, kind.max_length
    if least and most:
        return _("Use %(least)d to %(most)d characters.", least=least, most=most)
    if most:
        return ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", most)
    if least and least > 1:
        return _("Use at least %(least)d characters.", least=least)
    return _("This has a character that is not allowed here.")


def _of_number(kind: inspect.IntType | inspect.FloatType) -> str:
    low = kind.ge if kind.ge is not None else kind.gt
    high = kind.le if kind.le is not None else kind.lt
    whole = isinstance(kind, inspect.IntType)
    if low is not None and high is not None:
        sentence = (
            _("Enter a whole number from %(low)s to %(high)s.", low=low, high=high)
            if whole
            else _("Enter a number from %(low)s to %(high)s.", low=low, high=high)
        )
        return sentence
    if low is not None:
        return _("Enter a number that is not below %(low)s.", low=low)
    return _("Enter a whole number.") if whole else _("Enter a number.")
