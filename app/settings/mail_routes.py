"""`/admin/settings/mail`: where letters go, whom they come from, and whether they arrive."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.names import WrongEmail, checked_email
from app.auth.events import SecurityEvent, What, by
from app.auth.service import let_go
from app.errors import Conflict
from app.events import publish
from app.foundation.db.setting_store import load
from app.foundation.mail import Recipient
from app.foundation.mail.post import post_office
from app.foundation.mail.settings import MailChoice, from_address
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, lazy_gettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.foundation.web.settings import Section, choose, register_section

ADDRESS = "/admin/settings/mail"
SCREEN = "settings/mail.html"
PATIENCE = 25.0
"""Seconds in which a mail server has to answer the one who waits for it."""


class TestLetter(msgspec.Struct, kw_only=True):
    to: Annotated[str, Meta(min_length=1, max_length=254)]


class MailSettings(Controller):
    path = ADDRESS
    opt = {"policy": Policy.OWNER, "proof": True}

    @get("", name="settings.mail")
    async def show_mail(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = Form.of(await load(session, MailChoice))
        return _screen(request, form, _test_form(person))

    @post("", name="settings.mail.change", status_code=200)
    async def change_mail(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, MailChoice)
        if form.value is not None:
            _check_address(form, "from_address", form.value.from_address)
        if form.value is None:
            return _screen(request, form, _test_form(person), 422)
        await choose(session, form.value)
        event = SecurityEvent(What.SETTING_CHANGED, by=by(request), about={"section": "mail"})
        await publish(session, event)
        return done(request, ADDRESS, flash=_("Saved."))

    @post("/test", name="settings.mail.test", status_code=200)
    async def send_test(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        """Sent at once, so that the answer is the server's own."""
        from app.foundation.mail.delivery import MailFailed

        choice = await load(session, MailChoice)
        test = await Form.read(request, TestLetter)
        if test.value is not None:
            _check_address(test, "to", test.value.to)
        if test.value is None:
            return _screen(request, Form.of(choice), test, 422)
        await let_go(session)
        try:
            said = await _send(request, choice, Recipient(person.id, person.name, test.value.to))
        except MailFailed as error:
            return _screen(request, Form.of(choice), test, 422, failure=error)
        words = _(
            "The mail server took the letter and said: %(said)s. Now look whether %(to)s got it.",
            said=said,
            to=test.value.to,
        )
        return done(request, ADDRESS, flash=words)


async def _send(request: HTMXRequest, choice: MailChoice, to: Recipient) -> str:
    # What sends mail is loaded by the few who do.
    from app.foundation.mail.delivery import deliver
    from app.foundation.mail.writing import compose

    settings = request.app.state.settings
    office = post_office(settings)
    if office is None:
        raise Conflict("No mail server is set: see BUNKO_SMTP_URL.")
    message = compose(settings, choice, to, "mail/test.html", {})
    return await deliver(office, message, patience=PATIENCE)


def _test_form(person: User) -> Form[TestLetter]:
    return Form.blank(TestLetter, to=person.email or "")


def _check_address(form: Form[Any], field: str, address: str | None) -> None:
    try:
        checked_email(address)
    except WrongEmail as error:
        form.wrong(field, error)


def _screen(
    request: HTMXRequest,
    form: Form[MailChoice],
    test: Form[TestLetter],
    status: int = 200,
    failure: Any = None,
) -> Response[Any]:
    settings = request.app.state.settings
    return show(
        request,
        SCREEN,
        status,
        form=form,
        test=test,
        failure=failure,
        office=post_office(settings),
        usual_sender=from_address(settings, MailChoice()),
        public_url=settings.public_url,
    )


register_section(
    Section(
        key="mail",
        title=lazy_gettext("Mail"),
        about=lazy_gettext("Where letters go, whom they come from, and a test."),
        icon="drop",
        href=ADDRESS,
        order=40,
    )
)
