"""The shelf of a library: what is on it, what it can be filtered by, and how a person likes it."""

from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.facets import Facet, named, values_of
from app.browsing.libraries import shelf_for
from app.browsing.shelf import screenful
from app.browsing.shelf_address import ShelfAddress
from app.browsing.shelf_links import ShelfLinks
from app.browsing.shelf_query import LONGEST_QUERY
from app.browsing.shelf_taste import forget_taste, is_kept, keep_taste
from app.browsing.shelf_words import facet_names
from app.browsing.words import line_meta
from app.errors import Invalid, NotFound
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import Cursor
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.words import language_name

SIGNED_IN = {"policy": Policy.SIGNED_IN}
MOST_VALUES = 60
LONGEST_WORDS = 100


class TasteForm(msgspec.Struct, kw_only=True):
    """`query` as the address of the shelf has it."""

    query: Annotated[str, Meta(max_length=LONGEST_QUERY)] = ""
    scope: Literal["library", "all"] = "library"


@get("/libraries/{library_id:uuid}", name="browsing.library", opt=SIGNED_IN)
async def library_shelf(
    request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
) -> Response[Any]:
    library, total, scan, offline = await shelf_for(session, person, library_id)
    address = ShelfAddress.read(request, library_id, person)
    names = await named(session, person, library_id, address.wish)
    found = await screenful(
        session,
        person,
        library_id,
        address.wish,
        ids={key: one.id for key, one in names.items()},
        after=address.after,
        before=address.before,
        size=address.size,
    )
    return show(
        request,
        "browsing/library.html",
        fragment="browsing/_library_cards.html",
        library=library,
        count=None if address.filtered else total,
        scan=scan,
        total=total,
        offline_roots=offline,
        cards=found.cards,
        look=address.look,
        selecting=address.selecting,
        all_chosen=address.all_chosen,
        taste_query=address.taste_query,
        has_taste=is_kept(person, library_id),
        **ShelfLinks(address, names, manages=person.manages).all(found),
        line_meta=line_meta,
    )


@get("/libraries/{library_id:uuid}/filters/{name:str}", name="browsing.facet", opt=SIGNED_IN)
async def facet_values(
    request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID, name: str
) -> Response[Any]:
    """What stands on this shelf, each a link to what is left with it. For htmx the inside of a menu."""
    if name not in [facet.value for facet in Facet]:
        raise NotFound("There is no such filter.")
    facet = Facet(name)
    library = (await shelf_for(session, person, library_id)).library
    address = ShelfAddress.read(request, library_id, person)
    words = request.query_params.get("q", "")[:LONGEST_WORDS].replace("\x00", "")
    cursor = Cursor.of(request, f"facet {library_id} {facet}")
    place = cursor.unpack(request.query_params.get("from"), 1)
    found = await values_of(
        session,
        person,
        library_id,
        facet,
        words=words,
        after=str(place[0]) if place else None,
        limit=MOST_VALUES + 1,
    )
    shown, links = found[:MOST_VALUES], ShelfLinks(address, {}, manages=person.manages)
    onwards = {"q": words, "from": cursor.pack(shown[-1].key)} if len(found) > len(shown) else {}
    return show(
        request,
        "browsing/facet.html",
        fragment="browsing/_facet_values.html",
        library=library,
        facet_label=facet_names()[facet],
        path=request.url.path,
        pairs=address.pairs,
        back_href=address.to(),
        words=words,
        values=[
            links.toggle(
                facet, one.key, language_name(one.key) if facet is Facet.LANGUAGE else one.name
            )
            for one in shown
        ],
        next_href=f"{request.url.path}?{urlencode([*address.pairs, *onwards.items()])}"
        if onwards
        else "",
    )


@post(
    "/libraries/{library_id:uuid}/default",
    name="browsing.keep_taste",
    status_code=200,
    opt=SIGNED_IN,
)
async def keep_shelf_taste(
    request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
) -> Response[Any]:
    await shelf_for(session, person, library_id)
    form = await Form.read(request, TasteForm)
    if form.value is None:
        raise Invalid("This form sent something that Bunko does not know.")
    everywhere = form.value.scope == "all"
    said = parse_qs(form.value.query)
    keep_taste(person, None if everywhere else library_id, said)
    text = _("Every library looks like this now.") if everywhere else _("It stays like this now.")
    return done(request, then=f"/libraries/{library_id}", flash=text)


@post(
    "/libraries/{library_id:uuid}/default/remove",
    name="browsing.forget_taste",
    status_code=200,
    opt=SIGNED_IN,
)
async def forget_shelf_taste(
    request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
) -> Response[Any]:
    await shelf_for(session, person, library_id)
    forget_taste(person, library_id)
    return done(request, then=f"/libraries/{library_id}", flash=_("It is as it was at first."))


routes: list[ControllerRouterHandler] = [
    library_shelf,
    facet_values,
    keep_shelf_taste,
    forget_shelf_taste,
]
