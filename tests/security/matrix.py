"""The route matrix: who gets what from every route, asked for things that may not be theirs.

A new route needs a line here; `test_matrix` fails without one.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from tests.security.world import EVERYBODY, OF_LIBRARY, OF_SERIES, SIGNED_IN, SIGNED_OUT, World

PASSWORD = "seven lanterns by the river"


class Verdict(Enum):
    IN = "in"
    SIGN_IN = "sign in"
    """303 to /login; 401 to programs and to htmx."""
    NO_ROLE = 403
    NOT_THERE = 404


def _verdicts(*, no_role: str = "", not_there: str = "") -> Mapping[str, Verdict]:
    """Signed-out people sign in first; whoever is not named comes in."""
    found = dict.fromkeys(SIGNED_OUT, Verdict.SIGN_IN)
    found |= dict.fromkeys(SIGNED_IN, Verdict.IN)
    found |= dict.fromkeys(no_role.split(), Verdict.NO_ROLE)
    found |= dict.fromkeys(not_there.split(), Verdict.NOT_THERE)
    assert set(found) == set(EVERYBODY)
    return found


READERS = "stranger young hidden reader"

OPEN = dict.fromkeys(EVERYBODY, Verdict.IN)
GONE = dict.fromkeys(EVERYBODY, Verdict.NOT_THERE)
SELF = _verdicts()
LIBRARY = _verdicts(not_there="stranger outside")
SERIES = _verdicts(not_there="stranger young hidden outside")
RUNS_LIBRARY = _verdicts(no_role=READERS, not_there="outside")
OWNS = _verdicts(no_role=f"{READERS} manager outside")
MANAGES = _verdicts(no_role=READERS)
RUNS_SERIES = _verdicts(no_role=READERS, not_there="outside")
LIST_OF_READER = _verdicts(no_role="manager owner", not_there="stranger young hidden outside")
NOBODYS = _verdicts(not_there=" ".join(SIGNED_IN))
"""The session of somebody else: not even for an owner."""


class Row(NamedTuple):
    verdicts: Mapping[str, Verdict]
    ok: tuple[int, ...] = (200,)
    """What those get who come in."""
    form: Callable[[World], dict[str, Any]] | None = None
    """What a POST sends; without it the route reads no form."""
    is_image: bool = False
    """Or another file: its tag and its parts can be asked for."""
    is_last: bool = False
    """Afterwards something is gone that other rows need."""
    stream: str = ""
    """The query of a stream, which never ends for those who come in: they ask for its head."""


def _new_library(world: World) -> dict[str, Any]:
    more = world.folder / "more"
    more.mkdir(exist_ok=True)
    return {"name": "More", "folders": str(more), "direction": "rtl"}


def _same_library(world: World) -> dict[str, Any]:
    root = world.folder / OF_LIBRARY["root"]
    return {"name": world.secret.name, "folders": str(root), "direction": "rtl"}


def _person(_world: World) -> dict[str, Any]:
    twice = {"password": PASSWORD, "password_again": PASSWORD}
    return {"name": "newcomer", "role": "reader", **twice}


def _newcomer(_world: World) -> dict[str, Any]:
    return {"name": "newcomer", "password": PASSWORD, "password_again": PASSWORD}


def _named(_world: World) -> dict[str, Any]:
    return {"name": "Something new"}


def _moved(_world: World) -> dict[str, Any]:
    return {"to": "first"}


def _publisher(_world: World) -> dict[str, Any]:
    name = OF_SERIES["publisher"]
    return {"publisher": name, "was_publisher": name, "add_genre": "Drama"}


def _timetable(_world: World) -> dict[str, Any]:
    return {"kind": "tidy_up", "key": ""}


def _two_chapters(world: World) -> dict[str, Any]:
    keep, drop = world.secret_chapters
    return {"keep": str(keep.id), "drop": str(drop.id)}


def _back(_world: World) -> dict[str, Any]:
    return {"back": "view=list"}


def _range(_world: World) -> dict[str, Any]:
    return {"of": "chapter", "first": "1", "last": "2"}


def _kept(_world: World) -> dict[str, Any]:
    return {"keep": "none"}


def _release(world: World) -> dict[str, Any]:
    return {"release": str(world.release_id)}


ACT = (303,)
NOT_JSON = (400, 422)


def _no_passkey(_world: World) -> dict[str, Any]:
    return {"credential": "{}"}


def _secret_series(world: World) -> dict[str, Any]:
    return {"series": str(world.secret_series.id), "next": "/"}


def _taste(_world: World) -> dict[str, Any]:
    return {"query": "sort=added&view=list", "scope": "library"}


def _search(_world: World) -> dict[str, Any]:
    return {"q": "canary"}


MATRIX: dict[str, Row] = {
    "GET /": Row(SELF),
    "GET /admin/audit": Row(OWNS),
    "GET /admin/audit/export": Row(OWNS),
    "GET /healthz": Row(OPEN),
    "GET /readyz": Row(OPEN),
    "GET /robots.txt": Row(OPEN),
    "GET /manifest.webmanifest": Row(OPEN),
    "GET /static": Row(OPEN, ok=(404,)),
    "GET /login": Row(OPEN, ok=(200, 303)),
    "POST /login": Row(
        OPEN, ok=(422, 429), form=lambda _: {"name": "reader", "password": "not this one"}
    ),
    "GET /recover": Row(OPEN),
    # The world has no mail server.
    "POST /recover": Row(OPEN, ok=(409,), form=lambda _: {"name": "reader"}),
    "GET /recover/{token:str}": Row(OPEN, ok=(404,)),
    "POST /recover/{token:str}": Row(
        OPEN, ok=(404, 429), form=lambda _: {"password": PASSWORD, "password_again": PASSWORD}
    ),
    "GET /confirm/{token:str}": Row(OPEN, ok=(404,)),
    "POST /confirm/{token:str}": Row(OPEN, ok=(404, 429)),
    "GET /login/second": Row(OPEN, ok=ACT),
    "POST /login/second": Row(OPEN, ok=ACT, form=lambda _: {"code": "123 456"}),
    "POST /login/passkey/options": Row(OPEN),
    "POST /login/passkey": Row(OPEN, ok=ACT, form=_no_passkey),
    "POST /login/second/passkey/options": Row(OPEN, ok=ACT),
    "POST /login/second/passkey": Row(OPEN, ok=ACT, form=_no_passkey),
    "POST /account/prove/passkey/options": Row(SELF),
    "POST /account/prove/passkey": Row(SELF, ok=ACT, form=_no_passkey),
    "POST /account/passkeys/options": Row(SELF),
    "POST /account/passkeys": Row(SELF, ok=ACT, form=_no_passkey),
    "GET /account/passkeys/{passkey_id:uuid}": Row(NOBODYS),
    "POST /account/passkeys/{passkey_id:uuid}": Row(NOBODYS, form=lambda _: {"name": "Mine"}),
    "POST /account/passkeys/{passkey_id:uuid}/remove": Row(NOBODYS),
    "GET /admin/users/{user_id:uuid}/two-factor": Row(OWNS),
    "POST /admin/users/{user_id:uuid}/two-factor": Row(OWNS, ok=ACT, is_last=True),
    "GET /account/two-factor": Row(SELF),
    "POST /account/two-factor/app": Row(SELF, ok=ACT),
    "GET /account/two-factor/app": Row(SELF, ok=ACT),
    "GET /account/two-factor/app/qr.svg": Row(SELF, ok=ACT),
    # Rows of the same person before this one began to set up an app.
    "POST /account/two-factor/app/confirm": Row(
        SELF, ok=(303, 422), form=lambda _: {"code": "123 456"}
    ),
    "GET /account/two-factor/app/remove": Row(SELF),
    "POST /account/two-factor/app/remove": Row(SELF, ok=ACT),
    "GET /account/two-factor/codes": Row(SELF),
    "POST /account/two-factor/codes": Row(SELF, ok=ACT),
    "POST /account/two-factor/codes/file": Row(SELF, form=lambda _: {"codes": "22222-33333-44444"}),
    "GET /login/with/{provider_id:uuid}": Row(GONE),
    "GET /login/with/{provider_id:uuid}/callback": Row(GONE),
    "GET /login/with/{provider_id:uuid}/left": Row(OPEN, ok=ACT),
    "GET /account/identities": Row(SELF),
    "GET /account/identities/link/{provider_id:uuid}": Row(NOBODYS),
    "POST /account/identities/{identity_id:uuid}/remove": Row(NOBODYS),
    "GET /admin/sign-in": Row(OWNS),
    "GET /admin/sign-in/new": Row(OWNS),
    "POST /admin/sign-in/new": Row(OWNS, ok=(422,), form=lambda _: {"name": "x"}),
    "GET /admin/sign-in/{provider_id:uuid}": Row(OWNS, ok=(404,)),
    "POST /admin/sign-in/{provider_id:uuid}": Row(OWNS, ok=(404,), form=lambda _: {"name": "x"}),
    "GET /admin/sign-in/{provider_id:uuid}/remove": Row(OWNS, ok=(404,)),
    "POST /admin/sign-in/{provider_id:uuid}/remove": Row(OWNS, ok=(404,)),
    "POST /login/proxy": Row(OPEN, ok=(403,)),
    "POST /logout": Row(SELF, ok=ACT, is_last=True),
    "GET /setup": Row(GONE),
    "POST /setup": Row(
        GONE,
        form=lambda _: {"code": "x", "name": "x", "password": "x", "password_again": "x"},
    ),
    "GET /invitation/{token:str}": Row(OPEN, ok=(404,)),
    "POST /invitation/{token:str}": Row(OPEN, ok=(404,), form=_newcomer),
    "GET /register": Row(OPEN, ok=(404,)),
    "POST /register": Row(OPEN, ok=(404,), form=_newcomer),
    "GET /admin/registration": Row(OWNS),
    "POST /admin/registration": Row(OWNS, ok=ACT, form=lambda _: {"age_limit": "12"}),
    "GET /admin/invitations": Row(OWNS),
    "GET /admin/invitations/new": Row(OWNS),
    "POST /admin/invitations/new": Row(OWNS, form=lambda _: {"role": "reader"}),
    "POST /admin/invitations/{invitation_id:uuid}/remove": Row(OWNS, ok=ACT),
    "POST /admin/users/{user_id:uuid}/turn-away": Row(OWNS, ok=(404,)),
    "GET /account": Row(SELF),
    "POST /account": Row(SELF, ok=(303, 422), form=lambda _: {"name": "taken"}, is_last=True),
    "GET /downloads": Row(MANAGES),
    "GET /downloads/names": Row(OWNS),
    "GET /downloads/cancel": Row(MANAGES),
    "POST /downloads/{download_id:uuid}/top": Row(RUNS_SERIES, ok=ACT),
    "POST /downloads/{download_id:uuid}/bottom": Row(RUNS_SERIES, ok=ACT),
    "POST /downloads/{download_id:uuid}/pause": Row(RUNS_SERIES, ok=ACT),
    "POST /downloads/{download_id:uuid}/pause/remove": Row(RUNS_SERIES, ok=ACT),
    "POST /downloads/{download_id:uuid}/retry": Row(RUNS_SERIES, ok=ACT),
    "POST /downloads/{download_id:uuid}/cancel": Row(RUNS_SERIES, ok=ACT, is_last=True),
    "POST /downloads/pause": Row(MANAGES, ok=ACT),
    "POST /downloads/pause/remove": Row(MANAGES, ok=ACT),
    "POST /downloads/retry": Row(MANAGES, ok=ACT),
    "POST /downloads/cancel": Row(MANAGES, ok=ACT, is_last=True),
    "GET /admin/providers": Row(MANAGES),
    "GET /admin/providers/{provider_id:uuid}": Row(MANAGES),
    "GET /admin/providers/{provider_id:uuid}/history": Row(MANAGES),
    "POST /admin/providers/{provider_id:uuid}/test": Row(MANAGES, ok=ACT),
    "POST /admin/providers/{provider_id:uuid}/pause": Row(MANAGES, ok=ACT),
    "POST /admin/providers/{provider_id:uuid}/pause/remove": Row(MANAGES, ok=ACT),
    "GET /admin/providers/new": Row(OWNS),
    "POST /admin/providers/new": Row(
        OWNS, ok=ACT, form=lambda _: {"driver": "mangadex", "name": "Another"}
    ),
    "GET /admin/providers/{provider_id:uuid}/edit": Row(OWNS),
    "POST /admin/providers/{provider_id:uuid}/edit": Row(
        OWNS, ok=ACT, form=lambda _: {"driver": "mangadex", "name": "Night Market"}
    ),
    "POST /admin/providers/{provider_id:uuid}/up": Row(OWNS, ok=ACT),
    "POST /admin/providers/{provider_id:uuid}/down": Row(OWNS, ok=ACT),
    "GET /admin/providers/{provider_id:uuid}/remove": Row(OWNS),
    "POST /admin/providers/{provider_id:uuid}/remove": Row(OWNS, ok=ACT, is_last=True),
    "GET /notifications": Row(SELF),
    "POST /notifications/{notification_id:uuid}/read": Row(NOBODYS),
    "POST /notifications/{notification_id:uuid}/open": Row(NOBODYS),
    "POST /notifications/read": Row(SELF, ok=ACT),
    "GET /notifications/mail": Row(SELF),
    "POST /notifications/mail": Row(SELF, ok=ACT, form=lambda _: {"kinds": "release"}),
    "GET /account/sign-ins": Row(SELF),
    "POST /account/sign-ins/seen": Row(SELF, ok=ACT),
    "GET /account/email": Row(SELF),
    "POST /account/email": Row(SELF, ok=(303, 422), form=lambda _: {"email": "me@example.org"}),
    "POST /account/email/confirm": Row(SELF, ok=ACT),
    "POST /account/email/new/remove": Row(SELF, ok=ACT),
    "GET /account/password": Row(SELF),
    "POST /account/password": Row(
        SELF,
        ok=(422,),
        form=lambda _: {
            "password_now": "not this one",
            "password": PASSWORD,
            "password_again": PASSWORD,
        },
    ),
    "GET /account/prove": Row(SELF, ok=ACT),
    "POST /account/prove": Row(SELF, ok=(422,), form=lambda _: {"password": "not this one"}),
    "GET /account/sessions": Row(SELF),
    "POST /account/sessions/remove-others": Row(SELF, ok=ACT),
    "GET /account/app-passwords": Row(SELF),
    "GET /account/app-passwords/new": Row(SELF),
    "POST /account/app-passwords": Row(SELF, form=lambda _: {"name": "A script", "scopes": "read"}),
    "POST /account/app-passwords/{app_password_id:uuid}/remove": Row(NOBODYS),
    "POST /account/app-passwords/programs/{family_id:uuid}/remove": Row(NOBODYS),
    "POST /account/sessions/{session_id:uuid}/remove": Row(NOBODYS),
    "GET /account/looks": Row(SELF),
    "POST /account/looks": Row(SELF, ok=ACT, form=lambda _: {"theme": "dark", "text_size": "115"}),
    "GET /help/keys": Row(SELF),
    "POST /looks": Row(OPEN, ok=ACT, form=lambda _: {"theme": "dark", "language": "de"}),
    "GET /account/reading": Row(SELF),
    "POST /account/reading": Row(SELF, ok=ACT, form=lambda _: {"layout": "double"}),
    "POST /account/reading/reset": Row(SELF, ok=ACT),
    "POST /account/reading/keys": Row(SELF, ok=ACT, form=lambda _: {"key_menu": "N"}),
    "GET /account/devices": Row(SELF),
    "POST /account/devices": Row(SELF, ok=ACT),
    "GET /account/devices/{device_id:uuid}": Row(NOBODYS),
    "POST /account/devices/{device_id:uuid}": Row(
        NOBODYS, form=lambda _: {"name": "Mine now", "profile": "tv"}
    ),
    "POST /account/devices/{device_id:uuid}/reset": Row(NOBODYS),
    "POST /account/devices/{device_id:uuid}/remove": Row(NOBODYS),
    "POST /account/theme": Row(SELF, ok=ACT, form=lambda _: {"theme": "sepia", "next": "/"}),
    "GET /admin/libraries": Row(OWNS),
    "GET /admin/libraries/new": Row(OWNS),
    "POST /admin/libraries/new": Row(OWNS, ok=ACT, form=_new_library),
    "GET /admin/libraries/{library_id:uuid}": Row(OWNS),
    "POST /admin/libraries/{library_id:uuid}": Row(OWNS, ok=ACT, form=_same_library),
    "POST /admin/libraries/{library_id:uuid}/access": Row(
        OWNS, ok=ACT, form=lambda world: {"people": str(world.people["reader"].id)}, is_last=True
    ),
    "GET /admin/libraries/{library_id:uuid}/problems": Row(RUNS_LIBRARY),
    "POST /admin/libraries/{library_id:uuid}/problems/check": Row(RUNS_LIBRARY, ok=ACT),
    "POST /admin/libraries/{library_id:uuid}/problems/{problem_id:uuid}/check": Row(
        RUNS_LIBRARY, ok=ACT
    ),
    # The folder of the world is offline for another reason than lost files.
    "GET /admin/libraries/{library_id:uuid}/roots/{root_id:uuid}/gone": Row(
        RUNS_LIBRARY, ok=(404,)
    ),
    "POST /admin/libraries/{library_id:uuid}/roots/{root_id:uuid}/gone": Row(
        RUNS_LIBRARY, ok=(404,)
    ),
    "POST /admin/libraries/{library_id:uuid}/duplicates": Row(
        RUNS_LIBRARY, ok=(409,), form=_two_chapters
    ),
    "GET /admin/libraries/{library_id:uuid}/trash": Row(RUNS_LIBRARY),
    "GET /admin/libraries/{library_id:uuid}/trash/{file_id:uuid}/delete": Row(RUNS_LIBRARY),
    "POST /admin/libraries/{library_id:uuid}/trash/{file_id:uuid}/restore": Row(
        RUNS_LIBRARY, ok=ACT
    ),
    "POST /admin/libraries/{library_id:uuid}/trash/{file_id:uuid}/delete": Row(
        # Restored by the row above.
        RUNS_LIBRARY,
        ok=(404,),
    ),
    "GET /admin/libraries/{library_id:uuid}/remove": Row(OWNS),
    "POST /admin/libraries/{library_id:uuid}/remove": Row(OWNS, ok=ACT, is_last=True),
    "POST /admin/libraries/{library_id:uuid}/scan": Row(RUNS_LIBRARY, ok=ACT),
    "GET /admin/jobs": Row(OWNS),
    "POST /admin/jobs/{job_id:uuid}/cancel": Row(OWNS, ok=ACT),
    "POST /admin/jobs/{job_id:uuid}/retry": Row(OWNS, ok=ACT),
    "POST /admin/jobs/timetable/run": Row(OWNS, ok=ACT, form=_timetable),
    "POST /admin/jobs/timetable/pause": Row(OWNS, ok=ACT, form=_timetable),
    "POST /admin/jobs/timetable/pause/remove": Row(OWNS, ok=ACT, form=_timetable),
    "GET /admin/settings": Row(OWNS),
    "GET /admin/settings/mail": Row(OWNS),
    "POST /admin/settings/mail": Row(OWNS, ok=ACT, form=lambda _: {"from_name": "Books"}),
    # The world has no mail server.
    "POST /admin/settings/mail/test": Row(OWNS, ok=(409,), form=lambda _: {"to": "a@example.org"}),
    # Each room tests its own section.
    "GET /admin/settings/{name:str}": Row(OWNS, ok=(404,)),
    "POST /admin/settings/{name:str}": Row(OWNS, ok=(404,), form=lambda _: {}),
    "GET /admin/users": Row(OWNS),
    "POST /admin/users": Row(OWNS, ok=ACT, form=_person),
    "GET /admin/users/new": Row(OWNS),
    "GET /admin/users/{user_id:uuid}": Row(OWNS),
    "POST /admin/users/{user_id:uuid}": Row(
        OWNS, ok=ACT, form=lambda _: {"name": "renamed", "role": "manager"}
    ),
    "GET /admin/users/{user_id:uuid}/disable": Row(OWNS),
    "POST /admin/users/{user_id:uuid}/disable": Row(OWNS, ok=ACT),
    "POST /admin/users/{user_id:uuid}/disable/remove": Row(OWNS, ok=ACT),
    "GET /admin/users/{user_id:uuid}/sees": Row(OWNS),
    "POST /admin/users/{user_id:uuid}/sees": Row(
        OWNS, ok=ACT, form=lambda _: {"age_limit": "3", "unrated": "hide", "tags": ""}
    ),
    "GET /admin/users/{user_id:uuid}/delete": Row(OWNS),
    # Whoever is deleted is named; nobody of this world is called so.
    "POST /admin/users/{user_id:uuid}/delete": Row(
        OWNS, ok=(422,), form=lambda _: {"name": "nobody at all"}
    ),
    "POST /admin/users/{user_id:uuid}/pin/remove": Row(OWNS, ok=ACT),
    "GET /admin/tablets": Row(OWNS),
    "GET /admin/tablets/new": Row(OWNS),
    "POST /admin/tablets/new": Row(OWNS, ok=(422,), form=lambda _: {"name": "Kitchen"}),
    "GET /admin/tablets/{tablet_id:uuid}": Row(OWNS),
    "POST /admin/tablets/{tablet_id:uuid}": Row(
        OWNS, ok=(422,), form=lambda _: {"name": "Kitchen"}
    ),
    "POST /admin/tablets/{tablet_id:uuid}/remove": Row(OWNS, ok=ACT, is_last=True),
    "GET /tablet": Row(OPEN, ok=(404,)),
    "GET /tablet/{user_id:uuid}": Row(OPEN, ok=(404,)),
    "POST /tablet/{user_id:uuid}": Row(OPEN, ok=(404,), form=lambda _: {"pin": "2580"}),
    "GET /account/pin": Row(SELF),
    "POST /account/pin": Row(SELF, ok=ACT, form=lambda _: {"pin": "2580", "pin_again": "2580"}),
    "POST /account/pin/remove": Row(SELF, ok=ACT),
    "GET /account/export": Row(SELF),
    "GET /account/export/file": Row(SELF),
    "GET /account/delete": Row(SELF),
    "POST /account/delete": Row(SELF, ok=(422,), form=lambda _: {"name": "nobody at all"}),
    "GET /admin/users/{user_id:uuid}/password": Row(OWNS),
    "POST /admin/users/{user_id:uuid}/password": Row(
        OWNS, ok=ACT, form=lambda _: {"password": PASSWORD, "password_again": PASSWORD}
    ),
    "POST /admin/users/{user_id:uuid}/recovery": Row(OWNS, is_last=True),
    "GET /events": Row(LIBRARY, stream="?topic=scan%20{library_id}"),
    "GET /libraries/{library_id:uuid}": Row(LIBRARY),
    "GET /libraries/{library_id:uuid}/scan": Row(LIBRARY),
    "GET /libraries/{library_id:uuid}/filters/{name:str}": Row(LIBRARY),
    "POST /libraries/{library_id:uuid}/default": Row(LIBRARY, ok=ACT, form=_taste),
    "POST /libraries/{library_id:uuid}/default/remove": Row(LIBRARY, ok=ACT),
    "POST /libraries/{library_id:uuid}/selection/read": Row(SERIES, ok=ACT, form=_secret_series),
    "POST /libraries/{library_id:uuid}/selection/read/remove": Row(
        SERIES, ok=ACT, form=_secret_series
    ),
    "POST /libraries/{library_id:uuid}/selection/favourite": Row(
        SERIES, ok=ACT, form=_secret_series
    ),
    "POST /libraries/{library_id:uuid}/selection/lists": Row(SERIES, form=_secret_series),
    "POST /libraries/{library_id:uuid}/selection/collections": Row(
        RUNS_LIBRARY, form=_secret_series
    ),
    "POST /libraries/{library_id:uuid}/selection/scan": Row(
        RUNS_LIBRARY, ok=ACT, form=_secret_series
    ),
    "POST /libraries/{library_id:uuid}/selection/trash/ask": Row(RUNS_LIBRARY, form=_secret_series),
    "POST /libraries/{library_id:uuid}/selection/trash": Row(
        # The rows before it may have taken away what there was.
        RUNS_LIBRARY,
        ok=(303, 404),
        form=_secret_series,
        is_last=True,
    ),
    "POST /acts/{act_id:uuid}/undo": Row(NOBODYS),
    "GET /series/{series_id:uuid}": Row(SERIES),
    "GET /series/{series_id:uuid}/cover": Row(SERIES, is_image=True),
    "POST /series/{series_id:uuid}/read": Row(SERIES, ok=ACT),
    "POST /series/{series_id:uuid}/read/remove": Row(SERIES, ok=ACT),
    "POST /series/{series_id:uuid}/away": Row(SERIES, ok=ACT),
    "POST /series/{series_id:uuid}/away/remove": Row(SERIES, ok=ACT),
    "GET /series/{series_id:uuid}/edit": Row(RUNS_SERIES),
    "POST /series/{series_id:uuid}/edit": Row(RUNS_SERIES, ok=ACT, form=_publisher),
    "POST /series/{series_id:uuid}/edit/{edit_id:uuid}/undo": Row(RUNS_SERIES, ok=(303, 404)),
    "GET /chapters/{chapter_id:uuid}/edit": Row(RUNS_SERIES),
    "POST /chapters/{chapter_id:uuid}/edit": Row(
        RUNS_SERIES, ok=ACT, form=lambda _: {"kind": "chapter", "was_kind": "chapter"}
    ),
    "POST /chapters/{chapter_id:uuid}/edit/{edit_id:uuid}/undo": Row(RUNS_SERIES, ok=(303, 404)),
    "GET /chapters/{chapter_id:uuid}/edit/series": Row(RUNS_SERIES),
    "POST /chapters/{chapter_id:uuid}/edit/series": Row(
        # To where it is already: other rows need it there.
        RUNS_SERIES,
        ok=(422,),
        form=lambda world: dict.fromkeys(("was", "to"), str(world.secret_series.id)),
    ),
    "GET /series/{series_id:uuid}/edit/cover": Row(RUNS_SERIES),
    "GET /series/{series_id:uuid}/edit/cover/{chapter_id:uuid}": Row(RUNS_SERIES),
    "POST /series/{series_id:uuid}/edit/cover/{chapter_id:uuid}": Row(
        RUNS_SERIES, ok=ACT, form=lambda _: {"page": "2"}
    ),
    "POST /series/{series_id:uuid}/edit/cover/upload": Row(
        RUNS_SERIES, ok=(422,), form=lambda _: {}
    ),
    "GET /series/{series_id:uuid}/edit/cover/file": Row(RUNS_SERIES, ok=(404,)),
    "POST /series/{series_id:uuid}/edit/cover/file": Row(
        RUNS_SERIES, ok=(404,), form=lambda _: {"file": "nothing"}
    ),
    "POST /series/{series_id:uuid}/edit/cover/remove": Row(RUNS_SERIES, ok=ACT),
    "GET /series/{series_id:uuid}/edit/related": Row(RUNS_SERIES),
    "POST /series/{series_id:uuid}/edit/related": Row(
        RUNS_SERIES,
        ok=ACT,
        form=lambda world: {"other": str(world.open_series.id), "kind": "prequel"},
    ),
    "POST /series/{series_id:uuid}/edit/related/{other_id:uuid}/remove": Row(
        # Removed by the first who may.
        RUNS_SERIES,
        ok=(303, 404),
    ),
    "POST /series/{series_id:uuid}/edit/related/{other_id:uuid}/restore": Row(
        # The kind stands in the address of an Undo.
        RUNS_SERIES,
        ok=(422,),
    ),
    "GET /series/{series_id:uuid}/trash": Row(RUNS_LIBRARY),
    "POST /series/{series_id:uuid}/trash": Row(RUNS_LIBRARY, ok=(303, 404), is_last=True),
    "GET /chapters/{chapter_id:uuid}/trash": Row(RUNS_LIBRARY),
    "POST /chapters/{chapter_id:uuid}/trash": Row(RUNS_LIBRARY, ok=(303, 404), is_last=True),
    "GET /chapters/{chapter_id:uuid}/cover": Row(SERIES, is_image=True),
    "GET /chapters/{chapter_id:uuid}/pages/{page:int}": Row(SERIES, is_image=True),
    "GET /chapters/{chapter_id:uuid}/file": Row(SERIES, is_image=True),
    "GET /series/{series_id:uuid}/file": Row(SERIES, is_image=True),
    "GET /chapters/{chapter_id:uuid}": Row(SERIES),
    "POST /chapters/{chapter_id:uuid}/place/read": Row(SERIES, ok=ACT, form=_back),
    "POST /chapters/{chapter_id:uuid}/place/read/through": Row(SERIES, ok=ACT, form=_back),
    "POST /chapters/{chapter_id:uuid}/place/read/remove": Row(SERIES, ok=ACT, form=_back),
    "POST /chapters/{chapter_id:uuid}/version": Row(SERIES, ok=ACT, form=_back),
    "GET /series/{series_id:uuid}/sources": Row(RUNS_SERIES),
    "POST /series/{series_id:uuid}/sources/check": Row(RUNS_SERIES, ok=ACT),
    "POST /series/{series_id:uuid}/releases/download": Row(RUNS_SERIES, ok=ACT),
    "POST /sources/{source_id:uuid}/check": Row(RUNS_SERIES, ok=ACT),
    "GET /sources/{source_id:uuid}/edit": Row(RUNS_SERIES),
    "POST /sources/{source_id:uuid}/edit": Row(RUNS_SERIES, ok=ACT, form=_kept),
    "GET /series/{series_id:uuid}/releases": Row(RUNS_SERIES),
    "POST /sources/{source_id:uuid}/up": Row(RUNS_SERIES, ok=ACT),
    "POST /sources/{source_id:uuid}/down": Row(RUNS_SERIES, ok=ACT),
    "GET /sources/{source_id:uuid}/stop": Row(RUNS_SERIES),
    "POST /sources/{source_id:uuid}/stop": Row(RUNS_SERIES, ok=ACT),
    "POST /sources/{source_id:uuid}/follow": Row(RUNS_SERIES, ok=ACT),
    "GET /follow": Row(MANAGES, ok=(404,)),
    "POST /follow": Row(MANAGES, ok=(404,)),
    "GET /updates": Row(SELF),
    "GET /updates/news": Row(SELF),
    "GET /releases/states": Row(MANAGES),
    "POST /updates/download": Row(MANAGES, ok=ACT, form=_release),
    "POST /updates/check": Row(MANAGES, ok=ACT),
    "POST /releases/{release_id:uuid}/download": Row(RUNS_SERIES, ok=ACT),
    "POST /series/{series_id:uuid}/version/remove": Row(SERIES, ok=ACT, form=_back),
    "GET /series/{series_id:uuid}/range": Row(SERIES),
    "POST /series/{series_id:uuid}/range/read": Row(SERIES, ok=ACT, form=_range),
    "POST /series/{series_id:uuid}/range/read/remove": Row(SERIES, ok=ACT, form=_range),
    "POST /series/{series_id:uuid}/range/file": Row(SERIES, ok=ACT, form=_range),
    "POST /chapters/{chapter_id:uuid}/read": Row(SERIES, ok=ACT),
    "POST /chapters/{chapter_id:uuid}/read/before": Row(SERIES, ok=ACT),
    "POST /chapters/{chapter_id:uuid}/read/remove": Row(SERIES, ok=ACT),
    "GET /read/{chapter_id:uuid}": Row(SERIES),
    "GET /read/{chapter_id:uuid}/end": Row(SERIES),
    "GET /read/{chapter_id:uuid}/chapters": Row(SERIES),
    "POST /read/{chapter_id:uuid}/turn": Row(
        SERIES, ok=ACT, form=lambda _: {"page": "2", "version": "0"}
    ),
    "POST /read/{chapter_id:uuid}/place": Row(SERIES, form=lambda _: {"page": "2", "version": "0"}),
    "GET /read/{chapter_id:uuid}/views": Row(SERIES),
    "GET /read/{chapter_id:uuid}/settings": Row(SERIES),
    "POST /read/{chapter_id:uuid}/settings": Row(
        SERIES, ok=ACT, form=lambda _: {"scope": "series", "page": "1", "scale": "width"}
    ),
    "POST /read/{chapter_id:uuid}/settings/reset": Row(
        SERIES, ok=ACT, form=lambda _: {"scope": "series", "page": "1"}
    ),
    "GET /history": Row(SELF),
    "POST /history/{chapter_id:uuid}/{day:date}/remove": Row(NOBODYS),
    "POST /history/{chapter_id:uuid}/{day:date}/take-back": Row(NOBODYS),
    "POST /history/{chapter_id:uuid}/{day:date}/restore": Row(NOBODYS),
    "GET /statistics": Row(SELF),
    "GET /bookmarks": Row(SELF),
    "GET /series/{series_id:uuid}/bookmarks": Row(SERIES),
    "POST /chapters/{chapter_id:uuid}/pages/{page:int}/bookmark": Row(
        SERIES, ok=ACT, form=lambda _: {"note": "here"}
    ),
    "POST /chapters/{chapter_id:uuid}/pages/{page:int}/bookmark/remove": Row(
        SERIES, ok=ACT, form=lambda _: {"next": "/bookmarks"}
    ),
    "POST /chapters/{chapter_id:uuid}/pages/{page:int}/bookmark/restore": Row(SERIES, ok=ACT),
    "GET /series/{series_id:uuid}/opinion": Row(SERIES),
    "POST /series/{series_id:uuid}/opinion": Row(SERIES, ok=ACT, form=lambda _: {"rating": "7"}),
    "GET /series/{series_id:uuid}/repeats": Row(OWNS),
    "POST /series/{series_id:uuid}/repeats": Row(
        OWNS, ok=ACT, form=lambda _: {"shown": "1f-2a", "skip": "1f-2a"}
    ),
    "GET /favourites": Row(SELF),
    "POST /series/{series_id:uuid}/favourite": Row(SERIES, ok=ACT),
    "POST /series/{series_id:uuid}/favourite/remove": Row(SERIES, ok=ACT),
    "GET /discover": Row(MANAGES),
    "GET /discover/{provider_id:uuid}": Row(MANAGES),
    "GET /discover/{provider_id:uuid}/series": Row(MANAGES, ok=(404,)),
    "GET /discover/{provider_id:uuid}/cover": Row(MANAGES, ok=(404,)),
    "GET /search": Row(SELF),
    "GET /search/suggest": Row(SELF),
    "POST /search/recent": Row(SELF, ok=ACT, form=_search),
    "POST /search/recent/remove": Row(SELF, ok=ACT, form=_search),
    "POST /search/recent/clear": Row(SELF, ok=ACT),
    "GET /search/lists": Row(SELF),
    "POST /search/lists": Row(
        SELF, ok=ACT, form=lambda world: {"name": "Unread", **_search(world)}
    ),
    "POST /search/lists/{list_id:uuid}/rename": Row(NOBODYS, form=lambda _: {"name": "x"}),
    "POST /search/lists/{list_id:uuid}/move": Row(NOBODYS, form=lambda _: {"to": "up"}),
    "POST /search/lists/{list_id:uuid}/remove": Row(NOBODYS),
    "GET /collections": Row(SELF),
    "GET /collections/new": Row(MANAGES),
    "POST /collections/new": Row(MANAGES, ok=ACT, form=_named),
    "GET /collections/{collection_id:uuid}": Row(SERIES),
    "GET /collections/{collection_id:uuid}/edit": Row(RUNS_SERIES),
    "POST /collections/{collection_id:uuid}/edit": Row(RUNS_SERIES, ok=ACT, form=_named),
    "GET /collections/{collection_id:uuid}/remove": Row(RUNS_SERIES),
    "GET /series/{series_id:uuid}/collections": Row(RUNS_SERIES),
    "POST /series/{series_id:uuid}/collections": Row(RUNS_SERIES, ok=ACT, form=_named),
    "POST /collections/{collection_id:uuid}/series/{series_id:uuid}/move": Row(
        RUNS_SERIES, ok=ACT, form=_moved
    ),
    "POST /collections/{collection_id:uuid}/series/{series_id:uuid}/remove": Row(
        RUNS_SERIES, ok=ACT
    ),
    "POST /collections/{collection_id:uuid}/series/{series_id:uuid}/restore": Row(
        RUNS_SERIES, ok=ACT
    ),
    "POST /collections/{collection_id:uuid}/remove": Row(RUNS_SERIES, ok=ACT),
    "POST /collections/{collection_id:uuid}/restore": Row(RUNS_SERIES, ok=ACT),
    "GET /lists": Row(SELF),
    "GET /lists/new": Row(SELF),
    "POST /lists/new": Row(SELF, ok=ACT, form=_named),
    "GET /lists/import": Row(SELF),
    "POST /lists/import": Row(SELF, ok=(422,), form=lambda _: {"name": "without a file"}),
    "GET /lists/{list_id:uuid}": Row(SERIES),
    "GET /lists/{list_id:uuid}/export": Row(SERIES),
    "GET /lists/{list_id:uuid}/print": Row(SERIES),
    "GET /lists/{list_id:uuid}/edit": Row(LIST_OF_READER),
    "POST /lists/{list_id:uuid}/edit": Row(
        LIST_OF_READER, ok=ACT, form=lambda _: {"name": "Renamed", "is_shared": "1"}
    ),
    "GET /lists/{list_id:uuid}/remove": Row(LIST_OF_READER),
    "POST /lists/{list_id:uuid}/unmatched": Row(LIST_OF_READER, ok=ACT),
    "POST /lists/{list_id:uuid}/unmatched/remove": Row(LIST_OF_READER, ok=ACT),
    "GET /series/{series_id:uuid}/lists": Row(SERIES),
    "POST /series/{series_id:uuid}/lists": Row(SERIES, ok=ACT, form=_named),
    "GET /chapters/{chapter_id:uuid}/lists": Row(SERIES),
    "POST /chapters/{chapter_id:uuid}/lists": Row(SERIES, ok=ACT, form=_named),
    "POST /lists/{list_id:uuid}/chapters/{chapter_id:uuid}/move": Row(
        LIST_OF_READER, ok=ACT, form=_moved
    ),
    "POST /lists/{list_id:uuid}/chapters/{chapter_id:uuid}/remove": Row(LIST_OF_READER, ok=ACT),
    "POST /lists/{list_id:uuid}/chapters/{chapter_id:uuid}/restore": Row(LIST_OF_READER, ok=ACT),
    "POST /lists/{list_id:uuid}/remove": Row(LIST_OF_READER, ok=ACT),
    "POST /lists/{list_id:uuid}/restore": Row(LIST_OF_READER, ok=ACT),
    "GET /api/docs": Row(SELF),
    "GET /api/redoc": Row(SELF),
    "GET /api/openapi.json": Row(SELF),
    "GET /api/v1/me": Row(SELF),
    "GET /api/v1/libraries": Row(SELF),
    "GET /api/v1/users": Row(OWNS),
    # A session is exchanged for nothing; a form is not what these read.
    "POST /api/v1/auth/token": Row(SELF, ok=NOT_JSON),
    "POST /api/v1/auth/refresh": Row(OPEN, ok=NOT_JSON),
    "POST /api/v1/auth/revoke": Row(OPEN, ok=NOT_JSON),
}
