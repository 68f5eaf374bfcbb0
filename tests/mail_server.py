"""A real SMTP server in this process, on loopback: what is sent to it can be read back."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings
from app.foundation.mail import open_post
from app.foundation.queue.worker import Worker
from tests.foundation.queue.test_worker import QUICK

PUBLIC_URL = "https://manga.example.org"
USER, PASSWORD = "postbote", "p@ss/wörd"


@dataclass
class MailServer:
    """`letters` are what it took, in order; `refusal` is what it answers to every recipient, and
    `no_data` to every letter, as long as they are set."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    refusal: str = ""
    no_data: str = ""

    def to(self, address: str) -> list[EmailMessage]:
        return [
            letter
            for letter, who in zip(self.letters, self.recipients, strict=True)
            if who == address
        ]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.no_data:
            return self.no_data
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        return "250 2.0.0 Ok: queued as QZ7"

    def lets_in(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, proof: Any
    ) -> AuthResult:
        assert isinstance(proof, LoginPassword)
        self.secrets.append(proof.password.decode())
        is_right = (proof.login, proof.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=is_right)


def words_of(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def links_of(letter: EmailMessage) -> list[str]:
    """As whoever reads the text part would follow them, and the HTML part says the same."""
    found = re.findall(r"^https?://\S+$", words_of(letter), re.MULTILINE)
    assert [
        unescape(one) for one in re.findall(r'href="([^"]+)"', words_of(letter, "html"))
    ] == found
    return found


@asynccontextmanager
async def mail_server(
    *, smtps: ssl.SSLContext | None = None, **how: Any
) -> AsyncIterator[MailServer]:
    """`how` is for aiosmtpd: tls_context, require_starttls, auth_required…"""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    server = MailServer()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: SMTP(server, hostname="mail.test", loop=loop, authenticator=server.lets_in, **how),
        "127.0.0.1",
        ssl=smtps,
    )
    server.port = listener.sockets[0].getsockname()[1]
    yield server
    listener.close()


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Takes the connection and never says a word; its port."""

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(wait, "127.0.0.1")
    yield listener.sockets[0].getsockname()[1]
    listener.close()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Of `localhost`, signed by itself: the file to trust, and what the server shows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    moment = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, whole = folder / "trusted.pem", folder / "whole.pem"
    trusted.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    whole.write_bytes(trusted.read_bytes() + secret)
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(whole)
    return trusted, shown


@dataclass(frozen=True)
class Post:
    """An app that sends mail, and the server that takes it."""

    server: MailServer
    engine: AsyncEngine
    settings: Settings

    async def letters(self) -> list[EmailMessage]:
        """All that were sent so far, once the worker has nothing left to do."""
        await carry(self.engine, self.settings)
        return self.server.letters

    async def last_path(self) -> str:
        """Where the link of the last letter leads."""
        [link] = links_of((await self.letters())[-1])
        assert link.startswith(f"{PUBLIC_URL}/")
        return link.removeprefix(PUBLIC_URL)


@asynccontextmanager
async def posting(app: Litestar, engine: AsyncEngine) -> AsyncIterator[Post]:
    """The app as it is with a mail server and a public address."""
    before = app.state.settings
    async with mail_server() as server:
        url = f"smtp://127.0.0.1:{server.port}"
        settings = msgspec.structs.replace(before, smtp_url=url, public_url=PUBLIC_URL)
        app.state.settings = settings
        open_post(settings)
        yield Post(server, engine, settings)
        app.state.settings = before
        open_post(before)


async def carry(engine: AsyncEngine, settings: Settings) -> None:
    """Let a worker do what is waiting, until nothing is."""
    worker = Worker(engine, settings, QUICK)
    task = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(20):
            while True:
                if not await _is_waiting(engine):
                    break
                await asyncio.sleep(0.01)
    finally:
        worker.stop()
        await asyncio.wait_for(task, 5)


async def _is_waiting(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("SELECT EXISTS (SELECT FROM job WHERE state IN ('waiting', 'running'))")
        )
    return bool(found)
