"""The environment, read once and checked: every variable starts with `BUNKO_`.

Each secret may also come from a file: `BUNKO_SECRET_KEY_FILE=/run/secrets/key`.
What an owner changes while Bunko runs lives in the settings screen, not here.
"""

import os
import sys
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

import msgspec

from app.errors import ConfigError

PREFIX = "BUNKO_"

type LogFormat = Literal["console", "json"]
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: Path
    library_roots: tuple[Path, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str | None = None
    valkey_url: str | None = None
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    secret_key: bytes | None = None
    smtp_url: str | None = None
    log_format: LogFormat = "console"
    log_level: str = "INFO"
    flaresolverr_url: str | None = None
    worker_concurrency: int = 4
    scan_processes: int = 2
    image_cache_mb: int = 1024
    metrics_token: str | None = None
    static_url: str = "/static"

    @property
    def beyond_loopback(self) -> bool:
        """Whether others on the network can reach us: the opt-in to plain HTTP."""
        return self.host not in ("127.0.0.1", "::1", "localhost")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings, or a ConfigError that names the variable and what was expected."""
    read = _Reader(environ)
    proxies = read.text("TRUSTED_PROXIES") or ""
    return Settings(
        data_dir=read.folder("DATA_DIR") or default_data_dir(environ),
        library_roots=read.folders("LIBRARY_ROOTS"),
        host=read.text("HOST") or "127.0.0.1",
        port=read.number("PORT", 8000, low=0, high=65535),
        database_url=read.url("DATABASE_URL", "postgresql", "postgres", "postgresql+asyncpg"),
        valkey_url=read.url("VALKEY_URL", "valkey", "valkeys", "redis", "rediss", "unix"),
        public_url=read.url("PUBLIC_URL", "http", "https"),
        trusted_proxies=tuple(_network(proxy) for proxy in proxies.replace(",", " ").split()),
        secret_key=read.secret_key(),
        smtp_url=read.smtp_url(),
        log_format=cast(LogFormat, read.choice("LOG_FORMAT", "console", ("console", "json"))),
        log_level=read.choice("LOG_LEVEL", "INFO", LOG_LEVELS),
        flaresolverr_url=read.url("FLARESOLVERR_URL", "http", "https"),
        worker_concurrency=read.number("WORKER_CONCURRENCY", 4, low=1, high=64),
        scan_processes=read.number("SCAN_PROCESSES", min(2, os.cpu_count() or 1), low=1, high=32),
        image_cache_mb=read.number("IMAGE_CACHE_MB", 1024, low=16, high=1_048_576),
        metrics_token=read.text("METRICS_TOKEN"),
        static_url=(read.text("STATIC_URL") or "/static").rstrip("/"),
    )


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """The platform's user data folder."""
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "bunko"
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "bunko"


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str) -> str | None:
        """The variable, or the content of the file that its `_FILE` twin names."""
        file = self.environ.get(f"{PREFIX}{name}_FILE")
        if not file:
            return self.environ.get(PREFIX + name, "").strip() or None
        try:
            return Path(file).read_text("utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            raise _wrong(f"{name}_FILE", "a readable text file", file) from error

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise _wrong(name, f"a whole number from {low} to {high}", text)
        return int(text)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        text = self.text(name) or default
        for option in allowed:
            if text.lower() == option.lower():
                return option
        raise _wrong(name, f"one of {', '.join(allowed)}", text)

    def url(self, name: str, *schemes: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError as error:
            raise _wrong(name, f"a URL such as {schemes[0]}://host", "something else") from error
        if parts.scheme not in schemes:
            # The value may hold a password: it is not repeated.
            known = " or ".join(f"{scheme}://" for scheme in schemes)
            raise _wrong(name, f"a URL that starts with {known}", "something else")
        return text.rstrip("/")

    def smtp_url(self) -> str | None:
        text = self.url("SMTP_URL", "smtp", "smtps", "smtp+starttls")
        if text is not None and not urlsplit(text).hostname:
            raise _wrong(
                "SMTP_URL", "a URL such as smtps://user:password@mail.example.org", "something else"
            )
        return text

    def folder(self, name: str) -> Path | None:
        text = self.text(name)
        if text is None:
            return None
        path = Path(text).expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise _wrong(name, "a folder", text)
        return path

    def folders(self, name: str) -> tuple[Path, ...]:
        parts = (self.text(name) or "").split(os.pathsep)
        paths = [Path(part).expanduser() for part in parts if part]
        for path in paths:
            if not path.is_absolute():
                # From where it counts is nobody's decision when a service manager starts us.
                raise _wrong(name, f"full paths with {os.pathsep!r} between them", str(path))
        return tuple(path.absolute() for path in paths)

    def secret_key(self) -> bytes | None:
        text = self.text("SECRET_KEY")
        if text is None:
            return None
        if len(text) < 32 or len(set(text)) < 10:
            raise _wrong("SECRET_KEY", "at least 32 random characters", "a weak one")
        return text.encode()


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError as error:
        raise _wrong("TRUSTED_PROXIES", "IP addresses or networks, never *", text) from error


def _wrong(name: str, expected: str, found: str) -> ConfigError:
    return ConfigError(f"{PREFIX}{name} should be {expected}, but it is {found!r}.")
