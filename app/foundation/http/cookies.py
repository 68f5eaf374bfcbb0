"""What a source may have set. Its cookies go along with every question to it."""

from http.cookiejar import CookieJar

MOST_COOKIE_BYTES = 16_000
"""Of one source: one that sets more has none."""


def keep_few(jar: CookieJar) -> None:
    """Without those that no header can carry, which would spoil every question from now on."""
    size = 0
    for cookie in list(jar):
        said = f"{cookie.name}={cookie.value}"
        size += len(said)
        if not (said.isascii() and said.isprintable()):
            jar.clear(cookie.domain, cookie.path, cookie.name)
    if size > MOST_COOKIE_BYTES:
        jar.clear()
