"""`bunko serve`, `bunko web`, `bunko worker`: the processes themselves."""

import asyncio
import gc
import os
import socket
from functools import partial
from typing import TYPE_CHECKING

import click
import msgspec

from app.config import Settings, load
from app.errors import ConfigError
from app.foundation.db import create_engine, session_maker

if TYPE_CHECKING:
    from litestar import Litestar


def _address(host: str | None, port: int | None) -> Settings:
    """The environment's settings, with what the command line says above them."""
    spoken = {"HOST": host, "PORT": port}
    os.environ.update({f"BUNKO_{k}": str(v) for k, v in spoken.items() if v is not None})
    return load()


@click.command()
@click.option("--host", help="Address to listen on; beyond 127.0.0.1 others can reach it.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
def serve(host: str | None, port: int | None) -> None:
    """Run everything: Postgres and Valkey (unless their URLs are set), web and worker."""
    from app.foundation.embedded.supervisor import Supervisor

    settings = _address(host, port)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    listener = _listen(settings)
    _import_all()
    made: list[Litestar] = []
    supervisor = Supervisor(
        settings.data_dir,
        {"web": lambda: _web(listener, made[0]), "worker": _worker},
        database_url=settings.database_url,
        valkey_url=settings.valkey_url,
        warm=lambda: made.append(_all_made(listener)),
        first=partial(_prepare, listener),
    )
    raise SystemExit(supervisor.run())


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
def web(host: str | None, port: int | None) -> None:
    """Run one web process against BUNKO_DATABASE_URL and BUNKO_VALKEY_URL."""
    settings = _scaled(_address(host, port))
    listener = _listen(settings)
    _prepare(listener)
    _web(listener, _app(listener))


@click.command()
def worker() -> None:
    """Run one worker process against BUNKO_DATABASE_URL and BUNKO_VALKEY_URL."""
    _scaled(load())
    _prepare()
    _worker()


def _scaled(settings: Settings) -> Settings:
    for name in ("database_url", "valkey_url"):
        if getattr(settings, name) is None:
            raise ConfigError(
                f"BUNKO_{name.upper()} is not set; `bunko serve` brings its own servers."
            )
    return settings


def _listen(settings: Settings) -> socket.socket:
    """Bound before anything starts, so that a busy port is one sentence and no half-started tree."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Choose another with --port or BUNKO_PORT."
        ) from error
    listener.listen(1024)
    listener.set_inheritable(True)
    return listener


def _import_all() -> None:
    """Before the fork, so that web and worker share the memory of what both need. Even what only
    one of them needs: an import after the fork touches, and so copies, much of what is there
    (uvicorn and uvloop: 8 MB)."""
    gc.disable()  # all of it stays: to look for what may go takes a fifth of the time
    import babel.dates
    import babel.numbers  # noqa: F401
    import uvicorn.lifespan.on
    import uvicorn.loops.uvloop
    import uvicorn.protocols.http.httptools_impl  # noqa: F401

    import app.asgi
    import app.worker  # noqa: F401

    gc.enable()


def _all_made(listener: socket.socket) -> "Litestar":
    """Before the fork as well: what the app and the tables are made of is then shared, not copied
    (5 MB each)."""
    from sqlalchemy.orm import configure_mappers

    made = _app(listener)
    configure_mappers()
    return made


def _prepare(listener: socket.socket | None = None) -> None:
    """Once per start: the newest tables; then where to go, the setup link while nobody owns it."""
    from app.foundation.db.version import is_newest

    settings = _scaled(load())
    assert settings.database_url
    if not is_newest(settings.database_url):
        from app.foundation.db.migrate import upgrade

        upgrade(settings.database_url)
    if listener is not None:
        asyncio.run(_say_where(_listening(listener)))


async def _say_where(settings: Settings) -> None:
    from app.auth.setup import address, setup_link

    assert settings.database_url
    engine = create_engine(settings.database_url)
    try:
        async with session_maker(engine)() as session:
            link = await setup_link(settings, session)
    finally:
        await engine.dispose()
    if link:
        click.echo(f"Set up Bunko here (the link works once): {link}")
    else:
        click.echo(f"Bunko is at {address(settings)}")


def _listening(listener: socket.socket) -> Settings:
    """The settings with the address that was really bound."""
    host, port = listener.getsockname()[:2]
    return msgspec.structs.replace(load(), host=host, port=port)


def _app(listener: socket.socket) -> "Litestar":
    from app.asgi import create_app

    return create_app(_listening(listener))


def _web(listener: socket.socket, app: "Litestar") -> None:
    import uvicorn

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",  # where it listens was said already
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _worker() -> None:
    from app.worker import run_worker

    run_worker(load())
