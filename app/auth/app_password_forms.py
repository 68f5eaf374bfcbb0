"""The fields of a new app password."""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.auth.app_passwords import LONGEST_NAME
from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.policies import Scope

type Lives = Literal["30", "90", "365", "never"]


class NewAppPassword(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    scopes: list[Scope] = []
    lives: Literal["30", "90", "365", "never"] = "365"

    @property
    def lifetime(self) -> timedelta | None:
        return None if self.lives == "never" else timedelta(days=int(self.lives))


SCOPES = (
    (Scope.READ, lazy_gettext("Read"), lazy_gettext("See libraries, covers and pages.")),
    (Scope.PROGRESS, lazy_gettext("Keep your place"), lazy_gettext("Save how far you have read.")),
    (Scope.DOWNLOAD, lazy_gettext("Download"), lazy_gettext("Take files as they are.")),
    (
        Scope.ADMIN,
        lazy_gettext("Administer"),
        lazy_gettext("What only owners may do. For programs that you run yourself."),
    ),
)
LIVES = (
    ("30", lazy_gettext("30 days")),
    ("90", lazy_gettext("90 days")),
    ("365", lazy_gettext("A year")),
    ("never", lazy_gettext("Until I revoke it")),
)
