"""Which addresses may be visited: those of the public internet, and what an owner named one by one.

Python's `is_global` is not enough: it lets through translations and tunnels (NAT64, 6to4, Teredo)
behind which any private address may lie, site-local addresses, and multicast. The registries are
those of IANA for special-purpose IPv4 and IPv6 addresses (RFC 6890).
"""

import ipaddress

type Port = tuple[str, int]
"""A host name or address as an owner wrote it, in lower case, and a port."""

_THIS_MACHINE = ipaddress.ip_address("::1")
_BEYOND = [
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # relays of 6to4
        "::/96",  # IPv4 in disguise, as was once usual
        "::ffff:0:0/96",  # IPv4 in disguise, as is usual
        "::ffff:0:0:0/96",  # IPv4 translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 inside one network
        "2001::/23",  # Teredo, benchmarks, ORCHID
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
]


def is_public(address: str) -> bool:
    """Whether any network may hold this address, so that what is behind it is meant for everybody."""
    ip = _parsed(address)
    if ip is None or not ip.is_global or ip.is_multicast:
        return False
    return not any(ip in network for network in _BEYOND if network.version == ip.version)


def may_be_allowed(address: str) -> bool:
    """Whether an owner may name it: a machine of theirs, not a whole network and not the link, on
    which clouds keep their secrets (169.254.169.254)."""
    ip = _parsed(address)
    if ip is None:
        return False
    is_odd = ip.is_multicast or ip.is_unspecified or ip.is_link_local or ip.is_reserved
    # That of IPv6 lies in a reserved block, that of IPv4 does not; `localhost` is both.
    return ip == _THIS_MACHINE or not is_odd


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    # With a zone it is an address of the link.
    return None if getattr(ip, "scope_id", None) else ip
