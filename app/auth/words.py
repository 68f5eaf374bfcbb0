"""Ways of coming in, in plain words."""

from app.foundation.web.i18n import LazyText, lazy_gettext

WAYS: dict[str, LazyText] = {
    "password": lazy_gettext("Password"),
    "code": lazy_gettext("Password and code"),
    "backup code": lazy_gettext("Password and backup code"),
    "passkey": lazy_gettext("Passkey"),
    "second factor": lazy_gettext("Second factor"),
    "provider": lazy_gettext("Single sign-on"),
    "proxy": lazy_gettext("Proxy"),
    "setup": lazy_gettext("Setup"),
    "tablet": lazy_gettext("Family tablet"),
    "invitation": lazy_gettext("Invitation"),
    "registration": lazy_gettext("Registration"),
}


def way_of(way: str) -> str:
    """An unknown one (of a newer version) is shown by its own name."""
    return str(WAYS.get(way, way))
