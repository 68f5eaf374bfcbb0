"""Headers of every answer (OWASP ASVS 5.0, 3.4). What a route has set itself is kept."""

from urllib.parse import urlsplit

HSTS = (b"strict-transport-security", b"max-age=31536000")
ONE_OBJECT = b"default-src 'none'; sandbox; frame-ancestors 'self'"
"""The policy for content of the library (images, downloads): whatever it is, it is not a screen."""


def content_policy(static_url: str, *, drawn: bool = False) -> str:
    """No inline anything; files only from us and the CDN that `BUNKO_STATIC_URL` names.

    `drawn` is for the description of the API, whose scripts write styles and hold pictures.
    """
    parts = urlsplit(static_url)
    files = "'self'" + (f" {parts.scheme}://{parts.netloc}" if parts.netloc else "")
    rules = {
        "default-src": "'none'",
        "script-src": files,
        "style-src": files + (" 'unsafe-inline'" if drawn else ""),
        "font-src": files,
        "img-src": files + (" data:" if drawn else ""),
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def default_headers(static_url: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", content_policy(static_url).encode()),
        (b"x-content-type-options", b"nosniff"),
        # `no-referrer` would make plain forms send `Origin: null`.
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
        (b"cache-control", b"private, no-store"),
    ]
