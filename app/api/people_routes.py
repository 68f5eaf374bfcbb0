"""`/api/v1/me`, `/api/v1/users`."""

from litestar import get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.parts import ROWS, After, Limit, address_of_next
from app.api.queries import people_after
from app.api.responses import problems
from app.api.schemas import Me, Person, PersonList
from app.auth.principal import principal_of
from app.foundation.web.paging import Cursor
from app.foundation.web.policies import ANY_SCOPE, Policy, Scope, SignInFirst


@get(
    "/me",
    name="api.me",
    opt={"policy": Policy.SIGNED_IN, "scope": ANY_SCOPE},
    summary="Who is asking",
    operation_id="getMe",
    tags=["People"],
    responses=problems(400, 401, 429),
)
async def get_me(request: HTMXRequest) -> Me:
    """The person behind this key, and what the key may be used for. Good for trying a key."""
    principal = principal_of(request)
    if principal is None:
        raise SignInFirst
    person = principal.person
    return Me(
        id=person.id,
        name=person.name,
        role=person.role,
        age_limit=person.age_limit,
        carrier=principal.carrier.value,
        scopes=[scope for scope in Scope if scope in principal.scopes],
    )


@get(
    "/users",
    name="api.users",
    opt={"policy": Policy.OWNER, "scope": Scope.ADMIN},
    summary="Everybody who has an account",
    operation_id="listUsers",
    tags=["People"],
    responses=problems(400, 401, 403, 422, 429),
)
async def list_users(
    request: HTMXRequest, session: AsyncSession, limit: Limit = ROWS, after: After = None
) -> PersonList:
    """For owners, in the order of their names, a part at a time: follow `next` until it is null."""
    cursor = Cursor.of(request, "api users")
    people = await people_after(session, cursor.unpack(after, 1), limit)
    items = [
        Person(
            id=one.id,
            name=one.name,
            role=one.role,
            is_disabled=one.disabled_at is not None,
            age_limit=one.age_limit,
        )
        for one in people[:limit]
    ]
    token = cursor.pack(people[limit - 1].name_key) if len(people) > limit else None
    return PersonList(items=items, next=address_of_next(request, limit, token))
