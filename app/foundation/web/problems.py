"""What a person reads when something went wrong: what happened, and what to try."""

import msgspec

from app.errors import DomainError
from app.foundation.web.i18n import _


class Problem(msgspec.Struct, frozen=True):
    """`word` stands in the badge, `title` is the heading, `tries` are things to do about it."""

    status: int
    word: str
    title: str
    lead: str
    tries: tuple[str, ...] = ()


def of_domain_error(error: DomainError) -> Problem:
    """The sentence of the error is the heading; the rest goes with its status."""
    general = of_status(error.status)
    return msgspec.structs.replace(general, title=_(error.message), lead=general.lead)


def of_status(status: int) -> Problem:
    if status == 404:
        return _not_found()
    if status in (401, 403):
        return _not_allowed(status)
    if status == 405:
        return _wrong_method()
    if status in (409, 422):
        return _not_possible(status)
    if status in (413, 431):
        return _too_large()
    if status == 429:
        return _too_many()
    if status == 503:
        return _unavailable()
    return _failed(status) if status >= 500 else _not_understood(status)


def _not_found() -> Problem:
    return Problem(
        404,
        _("Not found"),
        _("There is nothing at this address"),
        _("It may have been moved or removed, or it is not yours to see."),
        (_("Check the address for a missing letter."), _("Look for it from the first screen.")),
    )


def _not_allowed(status: int) -> Problem:
    return Problem(
        status,
        _("Not allowed"),
        _("You may not open this"),
        _("Nothing was changed."),
        (_("Ask whoever runs this Bunko for access."),),
    )


def _wrong_method() -> Problem:
    return Problem(
        405,
        _("Not possible here"),
        _("This address cannot be used that way"),
        _("Nothing was changed."),
        (_("Go back and use the button or the link on the screen."),),
    )


def _not_possible(status: int) -> Problem:
    return Problem(
        status,
        _("Not possible"),
        _("This cannot be done as asked"),
        _("Nothing was changed."),
        (_("Go back and try again from the screen before."),),
    )


def _too_large() -> Problem:
    return Problem(
        413,
        _("Too large"),
        _("That was more than this form takes"),
        _("Nothing was saved."),
        (_("Send less at once."),),
    )


def _too_many() -> Problem:
    return Problem(
        429,
        _("Too many tries"),
        _("That was tried too often"),
        _("For safety, Bunko waits a while before it listens again."),
        (_("Wait a little, then try once more."),),
    )


def _unavailable() -> Problem:
    return Problem(
        503,
        _("Not available"),
        _("Bunko cannot do this at the moment"),
        _("Nothing was lost. It usually passes by itself within a minute."),
        (_("Wait a moment, then try again."),),
    )


def _failed(status: int) -> Problem:
    return Problem(
        status,
        _("Failed"),
        _("Something went wrong in Bunko"),
        _("It is not your doing. What you sent was not saved."),
        (
            _("Try again."),
            _("If it stays, give the reference below to whoever runs this Bunko."),
        ),
    )


def _not_understood(status: int) -> Problem:
    return Problem(
        status,
        _("Not understood"),
        _("Bunko does not understand this request"),
        _("The address or the form has a mistake in it. Nothing was changed."),
        (_("Go back and try again from the screen before."),),
    )
