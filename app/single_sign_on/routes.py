"""What `app.asgi` mounts. Importing it also puts the providers on the sign-in screen."""

from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.models import Way
from app.auth.other_ways import OtherWay, register_way_out, register_ways
from app.single_sign_on.account_routes import OwnIdentities
from app.single_sign_on.addresses import way_in
from app.single_sign_on.admin_routes import SignInProviders
from app.single_sign_on.door import begin, come_back
from app.single_sign_on.service import Identities, Providers
from app.single_sign_on.way_out import offer_way_out, way_out_of

routes: list[ControllerRouterHandler] = [
    begin,
    come_back,
    offer_way_out,
    OwnIdentities,
    SignInProviders,
]


async def _ways(session: AsyncSession, person: User | None) -> list[OtherWay]:
    if person is None:
        offered = await Providers(session).open_ones()
    else:
        linked = await Identities(session).of(person)
        offered = [one.provider for one in linked if one.provider.is_on]
    return [OtherWay(one.name, way_in(one)) for one in offered]


register_ways(_ways)
register_way_out(Way.PROVIDER, way_out_of)
