"""Letters, from the wish to what a real mail server was given."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts import mailing  # noqa: F401  (the address book)
from app.accounts.models import Preference, User
from app.config import Settings, load
from app.errors import ConfigError
from app.foundation.db import new_id
from app.foundation.mail import Recipient, Words, letter, open_post, send_later
from app.foundation.mail.delivery import MailFailed, deliver
from app.foundation.mail.letters import LETTERS
from app.foundation.mail.post import post_office
from app.foundation.mail.settings import MailChoice, from_address
from app.foundation.mail.writing import compose
from app.foundation.queue.models import Job, JobState
from app.foundation.web.i18n import use_language
from tests import factories
from tests.mail_server import (
    PASSWORD,
    PUBLIC_URL,
    USER,
    MailServer,
    carry,
    certificate,
    mail_server,
    silent_server,
    words_of,
)

# What aiosmtpd says of servers that would take a password in the clear, and one of ours must.
OVERHEARD = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
SIGN_IN = f"{USER}:{quote(PASSWORD, safe='')}@"


@letter("rehearsal", template="mail/test.html")
async def rehearse(session: AsyncSession, to: Recipient, wanted: bool = True) -> Words | None:
    return {} if wanted else None


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    yield
    use_language("en")
    open_post(load({}))


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
def posting(settings: Settings, server: MailServer) -> Settings:
    mine = with_url(settings, f"smtp://127.0.0.1:{server.port}")
    open_post(mine)
    return mine


@pytest.fixture
async def alice(session: AsyncSession) -> User:
    return await factories.alice(session, email="alice@example.org")


def with_url(settings: Settings, url: str) -> Settings:
    return msgspec.structs.replace(settings, smtp_url=url, public_url=PUBLIC_URL)


def a_letter(settings: Settings, name: str = "alice", address: str = "alice@example.org"):
    return compose(settings, MailChoice(), Recipient(None, name, address), "mail/test.html", {})


async def send(url: str, settings: Settings, *, patience: float = 5.0) -> str:
    mine = with_url(settings, url)
    office = post_office(mine)
    assert office is not None
    return await deliver(office, a_letter(mine), patience=patience)


async def only_job(session: AsyncSession) -> Job:
    return (await session.scalars(select(Job).execution_options(populate_existing=True))).one()


async def test_a_letter_is_written_by_the_worker_in_words_and_in_html(
    engine: AsyncEngine, session: AsyncSession, posting: Settings, server: MailServer, alice: User
) -> None:
    await send_later(session, "rehearsal", alice.id)
    await session.commit()
    await carry(engine, posting)

    [got] = server.to("alice@example.org")
    assert got["subject"] == "A test letter from Bunko"
    assert got["to"] == "alice <alice@example.org>"
    assert got["from"] == "Bunko <bunko@manga.example.org>"
    assert got["auto-submitted"] == "auto-generated"
    assert words_of(got).startswith(
        "Hello alice,\n\nYou can read this, so mail from Bunko arrives."
    )
    assert "<p>Hello alice,</p>" in words_of(got, "html")
    job = await only_job(session)
    assert (job.state, job.note) == (JobState.DONE, "2.0.0 Ok: queued as QZ7")


async def test_a_letter_is_in_the_language_of_its_reader(
    engine: AsyncEngine, session: AsyncSession, posting: Settings, server: MailServer, alice: User
) -> None:
    preference = await session.get_one(Preference, alice.id)
    preference.language = "de"
    await send_later(session, "rehearsal", alice.id)
    await session.commit()
    await carry(engine, posting)

    assert server.letters[-1]["content-language"] == "de"
    assert server.letters[-1]["subject"] == "Ein Probebrief von Bunko"


async def test_who_chose_no_language_is_written_to_in_that_of_who_caused_it(
    engine: AsyncEngine, session: AsyncSession, posting: Settings, server: MailServer, alice: User
) -> None:
    use_language("de")
    await send_later(session, "rehearsal", alice.id)
    await session.commit()
    use_language("en")
    await carry(engine, posting)

    assert server.letters[-1]["content-language"] == "de"


async def test_without_a_mail_server_nothing_is_queued(
    session: AsyncSession, settings: Settings, alice: User
) -> None:
    open_post(settings)

    await send_later(session, "rehearsal", alice.id)

    assert (await session.scalars(select(Job))).all() == []


@pytest.mark.parametrize("why", ["nobody", "disabled", "no address", "not wanted"])
async def test_a_letter_that_nobody_waits_for_is_not_sent(
    engine: AsyncEngine,
    session: AsyncSession,
    posting: Settings,
    server: MailServer,
    alice: User,
    why: str,
) -> None:
    if why == "disabled":
        alice.disabled_at = alice.created_at
    if why == "no address":
        alice.email = None
    to = new_id() if why == "nobody" else alice.id
    await send_later(session, "rehearsal", to, wanted=why != "not wanted")
    await session.merge(alice)
    await session.commit()
    await carry(engine, posting)

    assert server.letters == []
    assert (await only_job(session)).state is JobState.DONE


async def test_a_refused_address_fails_at_once_with_the_servers_words(
    engine: AsyncEngine, session: AsyncSession, posting: Settings, server: MailServer, alice: User
) -> None:
    server.refusal = "550 5.1.1 No such mailbox\x1b[31m"
    await send_later(session, "rehearsal", alice.id)
    await session.commit()
    await carry(engine, posting)

    job = await only_job(session)
    assert (job.state, job.attempts) == (JobState.FAILED, 1)
    assert job.error == (
        "The mail server does not take mail for this address. 550 5.1.1 No such mailbox[31m"
    )


async def test_a_refusal_that_may_pass_is_tried_again(
    engine: AsyncEngine, session: AsyncSession, posting: Settings, server: MailServer, alice: User
) -> None:
    server.refusal = "451 4.7.1 Greylisted"
    await send_later(session, "rehearsal", alice.id)
    await session.commit()

    await carry(engine, posting)

    job = await only_job(session)
    assert (job.state, job.attempts) == (JobState.FAILED, job.max_attempts)
    assert job.max_attempts > 3
    assert "451 4.7.1 Greylisted" in (job.error or "")


@pytest.mark.parametrize(
    "name",
    ["Eve\r\nBcc: victim@example.org", "boss@example.org", 'x" <boss@example.org>', "\u202eevil"],
)
async def test_SEC44_a_name_ends_no_header_and_is_no_other_sender(
    settings: Settings, server: MailServer, name: str
) -> None:
    mine = with_url(settings, f"smtp://127.0.0.1:{server.port}")
    office = post_office(mine)
    assert office is not None

    await deliver(office, a_letter(mine, name))

    assert server.recipients == ["alice@example.org"]
    assert "bcc" not in server.letters[-1]
    [to] = server.letters[-1]["to"].addresses
    assert to.addr_spec == "alice@example.org"


async def test_SEC44_what_others_wrote_stays_text_in_a_letter(settings: Settings) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

    message = a_letter(with_url(settings, "smtp://127.0.0.1"), evil)

    html = words_of(message, "html")
    assert "<script" not in html and "<img" not in html
    assert "<script>alert(1)</script>" in words_of(message)


@pytest.mark.parametrize("address", ["nonsense", "@example.org", "x@", "x@" + "y" * 300 + ".org"])
async def test_a_wrong_address_is_a_sentence(
    engine: AsyncEngine, session: AsyncSession, posting: Settings, alice: User, address: str
) -> None:
    await send_later(session, "rehearsal", alice.id, address=address)
    await session.commit()
    await carry(engine, posting)

    job = await only_job(session)
    assert (job.state, job.error) == (
        JobState.FAILED,
        "This is no address that mail can be sent to.",
    )


async def test_a_domain_in_another_script_is_written_as_mail_servers_know_it(
    settings: Settings, server: MailServer
) -> None:
    mine = with_url(settings, f"smtp://127.0.0.1:{server.port}")
    office = post_office(mine)
    assert office is not None

    await deliver(office, a_letter(mine, address="a@bücher.example"))

    assert server.recipients == ["a@xn--bcher-kva.example"]


async def test_a_server_that_says_nothing_costs_no_more_than_our_patience(
    settings: Settings,
) -> None:
    async with silent_server() as port:
        with pytest.raises(MailFailed) as failed:
            await send(f"smtp://127.0.0.1:{port}", settings, patience=0.2)

    assert str(failed.value.sentence) == "The mail server does not answer in time."
    assert not failed.value.is_final


async def test_a_server_that_is_not_there_is_a_sentence(settings: Settings) -> None:
    async with silent_server() as port:
        pass
    with pytest.raises(MailFailed) as failed:
        await send(f"smtp://127.0.0.1:{port}", settings)

    assert str(failed.value.sentence) == "The mail server cannot be reached."


async def test_a_refused_letter_is_a_sentence(settings: Settings, server: MailServer) -> None:
    server.no_data = "554 5.7.1 Looks like spam"
    with pytest.raises(MailFailed) as failed:
        await send(f"smtp://127.0.0.1:{server.port}", settings)

    assert failed.value.is_final
    assert failed.value.reply == "554 5.7.1 Looks like spam"


@OVERHEARD
@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_encrypted_servers_are_signed_in_to_where_their_name_is_proven(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    trusted, shown = certificate(tmp_path)
    how = (
        {"smtps": shown, "auth_required": True, "auth_require_tls": False}
        if scheme == "smtps"
        else {"tls_context": shown, "require_starttls": True, "auth_required": True}
    )
    async with mail_server(**how) as server:
        url = f"{scheme}://{SIGN_IN}localhost:{server.port}"
        with pytest.raises(MailFailed) as failed:
            await send(url, settings)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        said = await send(url, settings)

    assert "cannot be encrypted safely" in str(failed.value.sentence)
    assert said == "2.0.0 Ok: queued as QZ7"
    assert server.secrets == [PASSWORD]


@OVERHEARD
async def test_no_password_is_said_to_a_server_without_the_encryption_asked_for(
    settings: Settings,
) -> None:
    async with mail_server(auth_required=True, auth_require_tls=False) as server:
        with pytest.raises(MailFailed) as failed:
            await send(f"smtp+starttls://{SIGN_IN}127.0.0.1:{server.port}", settings)

    assert str(failed.value.sentence) == "The mail server cannot do what BUNKO_SMTP_URL asks of it."
    assert server.secrets == []


@OVERHEARD
async def test_a_wrong_password_and_a_missing_one_are_told_apart(settings: Settings) -> None:
    async with mail_server(auth_required=True, auth_require_tls=False) as server:
        with pytest.raises(MailFailed) as wrong:
            await send(f"smtp://{USER}:wrong@127.0.0.1:{server.port}", settings)
        with pytest.raises(MailFailed) as missing:
            await send(f"smtp://127.0.0.1:{server.port}", settings)

    assert "does not accept the user and password" in str(wrong.value.sentence)
    assert "wrong" not in wrong.value.reply
    assert missing.value.reply.startswith("530 5.7.0")


@pytest.mark.parametrize(
    "url", ["smtp://", "mail.example.org", "http://mail.example.org", "smtp://a:x"]
)
def test_a_wrong_url_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="BUNKO_SMTP_URL should be a URL") as wrong:
        load({"BUNKO_SMTP_URL": url})

    assert url not in str(wrong.value).replace("smtp://host", "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, "none", None, None)),
        ("smtp+starttls://a%40b.org:p%2Fw@m:2525", ("m", 2525, "starttls", "a@b.org", "p/w")),
        ("smtps://u:p@[::1]", ("::1", 465, "tls", "u", "p")),
    ],
)
def test_the_url_says_where_and_how(settings: Settings, url: str, expected: tuple) -> None:
    office = post_office(with_url(settings, url))

    assert office is not None
    assert (office.host, office.port, office.cover, office.user, office.password) == expected
    assert "p/w" not in repr(office)


def test_the_sender_is_the_one_chosen_else_the_one_that_signs_in(settings: Settings) -> None:
    named = with_url(settings, "smtps://me%40example.org:p@mail.example.org")
    plain = msgspec.structs.replace(with_url(settings, "smtp://mail.lan"), public_url=None)

    assert from_address(named, MailChoice(from_address="b@x.org")) == "b@x.org"
    assert from_address(named, MailChoice()) == "me@example.org"
    assert from_address(plain, MailChoice()) == "bunko@mail.lan"


def test_two_rooms_cannot_register_one_letter() -> None:
    async def write(session: AsyncSession, to: Recipient) -> Words | None:
        return None

    write.__module__ = "elsewhere"
    with pytest.raises(RuntimeError):
        letter("rehearsal", template="mail/test.html")(write)

    assert LETTERS["rehearsal"].write is rehearse.write
