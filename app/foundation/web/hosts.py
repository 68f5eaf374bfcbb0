"""Which names we answer to: a stranger's name pointed at us (DNS rebinding) gets nothing."""

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

PRIVATE_SUFFIXES = (".local", ".lan", ".home.arpa", ".internal", ".localhost")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_PORTS = {"http": "80", "https": "443"}


class Hosts:
    def __init__(self, public_url: str | None) -> None:
        self.public_url = public_url
        self._public = None if public_url is None else _public_name(public_url)
        self.allows = lru_cache(maxsize=256)(self._allows)

    def _allows(self, host: str, scheme: str) -> bool:
        """`host` as in the Host header, lower case; `scheme` decides the default port."""
        name, port = split_host(host)
        if self._public is not None:
            return (name, port or _PORTS.get(scheme, "")) == self._public
        return name is not None and is_private_name(name)


def split_host(host: str) -> tuple[str | None, str]:
    """Name and port text of a Host header (RFC 9110, 7.2); the name is None when malformed."""
    name, port = host, ""
    if host.startswith("["):
        name, closed, rest = host[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")) or not _is_ip(name):
            return None, ""
        port = rest[1:]
    elif ":" in host:
        name, _, port = host.partition(":")
    if not name or (port and not (port.isascii() and port.isdigit() and len(port) <= 5)):
        return None, ""
    return name.removesuffix("."), port


def is_private_name(name: str) -> bool:
    """IP addresses, single-label names and suffixes that no public DNS answers for."""
    if _is_ip(name):
        return True
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > 253:
        return False
    return len(labels) == 1 or name.endswith(PRIVATE_SUFFIXES)


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _public_name(public_url: str) -> tuple[str, str]:
    parts = urlsplit(public_url)
    return (parts.hostname or "").removesuffix("."), str(parts.port or _PORTS[parts.scheme])
