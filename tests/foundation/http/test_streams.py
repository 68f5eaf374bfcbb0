"""Our own connections beneath httpcore: what comes is handed over whole, in plain and by TLS, on either
kind of event loop."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import pytest
import uvloop

from app.foundation.http import streams

type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SAID = bytes(range(256)) * 8000
HOST = "127.0.0.1"


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request):
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner.run


async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(3)
    writer.write(SAID)
    await writer.drain()
    writer.close()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


@asynccontextmanager
async def connected(serve: Serve, **more):
    server = await asyncio.start_server(serve, HOST, 0, **more)
    stream = await streams.connect(HOST, server.sockets[0].getsockname()[1], 5)
    try:
        yield stream
    finally:
        await stream.aclose()
        server.close()


async def heard(stream: streams.Stream) -> bytes:
    await stream.write(b"go!", 5)
    stream.head_is_read()
    found = b""
    while piece := await stream.read(10, 5):
        found += piece
    return found


def test_everything_comes_until_the_end(run) -> None:
    async def ask() -> None:
        async with connected(say) as stream:
            assert not stream.get_extra_info("is_readable")
            assert await heard(stream) == SAID
            assert stream.get_extra_info("is_readable")

    run(ask())


def test_what_is_not_read_makes_the_other_side_wait(run, monkeypatch) -> None:
    monkeypatch.setattr(streams, "MOST_AHEAD", 100_000)
    sent = asyncio.Event()

    async def say_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(100):
            writer.write(bytes(1_000_000))
            await writer.drain()
        sent.set()
        writer.close()

    async def ask() -> None:
        async with connected(say_much) as stream:
            size = len(await stream.read(10, 5))
            assert size < 10_000_000 and not sent.is_set()
            while piece := await stream.read(10, 5):
                size += len(piece)
            assert size == 100_000_000

    run(ask())


def test_tls_asks_for_the_name_and_believes_no_other(run, certificate) -> None:
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(certificate)
    ours = ssl.create_default_context(cafile=str(certificate))

    async def ask() -> None:
        async with connected(say, ssl=theirs) as stream:
            secured = await stream.start_tls(ours, "kumo.example", 5)
            assert secured.get_extra_info("ssl_object") is not None
            assert await heard(secured) == SAID
        async with connected(say, ssl=theirs) as stream:
            with pytest.raises(httpcore.ConnectError):
                await stream.start_tls(ours, "other.example", 5)

    run(ask())


def test_what_goes_wrong_is_said_as_httpcore_says_it(run) -> None:
    async def ask() -> None:
        async with connected(stay_silent) as stream:
            with pytest.raises(httpcore.ReadTimeout):
                await stream.read(10, 0.01)
            with pytest.raises(httpcore.ConnectTimeout):
                await stream.start_tls(ssl.create_default_context(), "kumo.example", 0.01)
        async with connected(hang_up) as stream:
            with suppress(httpcore.ReadError):
                assert await stream.read(10, 5) == b""
            with pytest.raises(httpcore.WriteError):
                await stream.write(b"go!", 5)
        with pytest.raises(httpcore.ConnectError):
            await streams.connect(HOST, 1, 5)

    run(ask())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kumo.example")])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("kumo.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
