"""`/admin/providers/new` and below one: owners set providers up. Which hosts are asked, and with
which secrets, is theirs alone to say, and only after they showed who they are."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.events import SecurityEvent, What, by
from app.errors import DomainError, NotFound
from app.events import publish
from app.foundation.queue.wake import tell_after_commit
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.providers import forms, queries, words
from app.providers.checking import TOPIC
from app.providers.forms import PREFIX, ProviderForm
from app.providers.models import Provider
from app.providers.registry import driver, driver_names
from app.providers.screens import LIST, all_of_them
from app.providers.service import NameTaken, Providers, SecretsWanted

FORM = "providers/form.html"


class ProviderSetup(Controller):
    path = LIST
    opt = {"policy": Policy.OWNER}

    @get("/new", name="providers.new")
    async def new_provider(self, request: HTMXRequest) -> Response[Any]:
        chosen = request.query_params.get("driver", "")
        if chosen not in driver_names():
            found = [driver(name) for name in sorted(driver_names())]
            return show(request, "providers/choose.html", drivers=found, words=words)
        return _screen(request, forms.blank(chosen))

    @post("/new", name="providers.create", status_code=200, opt={"proof": True})
    async def create_provider(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        form = await _read(request, str((await request.form()).get("driver", "")))
        provider = await _save(session, form, None)
        if provider is None:
            return _screen(request, form)
        await _tell(request, session, What.SOURCE_ADDED, provider)
        return done(
            request, f"{LIST}/{provider.id}", flash=_("Saved. It is asked for the first time.")
        )

    @get("/{provider_id:uuid}/edit", name="providers.edit")
    async def edit_provider(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        provider = await _with_driver(session, provider_id)
        return _screen(request, forms.filled(provider), provider)

    @post("/{provider_id:uuid}/edit", name="providers.change", status_code=200, opt={"proof": True})
    async def change_provider(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        provider = await _with_driver(session, provider_id)
        form = await _read(request, provider.driver)
        if await _save(session, form, provider) is None:
            return _screen(request, form, provider)
        await _tell(request, session, What.SOURCE_CHANGED, provider)
        return done(request, f"{LIST}/{provider.id}", flash=_("Saved."))

    @post("/{provider_id:uuid}/up", name="providers.up", status_code=200)
    async def move_up(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        return await _moved(request, session, provider_id, up=True)

    @post("/{provider_id:uuid}/down", name="providers.down", status_code=200)
    async def move_down(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        return await _moved(request, session, provider_id, up=False)

    @get("/{provider_id:uuid}/remove", name="providers.ask_to_remove")
    async def ask_to_remove(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        provider = await Providers(session).one(provider_id)
        followed = await queries.followed_at(session, provider)
        return show(request, "providers/remove.html", provider=provider, followed=followed)

    @post(
        "/{provider_id:uuid}/remove", name="providers.remove", status_code=200, opt={"proof": True}
    )
    async def remove_provider(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        providers = Providers(session)
        provider = await providers.one(provider_id)
        await providers.remove(provider)
        await _tell(request, session, What.SOURCE_REMOVED, provider)
        return done(request, LIST, flash=_("Removed “%(name)s”.", name=provider.name))


async def _moved(
    request: HTMXRequest, session: AsyncSession, provider_id: UUID, *, up: bool
) -> Response[Any]:
    providers = Providers(session)
    await providers.move(await providers.one(provider_id), up=up)
    return await all_of_them(request, session)


async def _with_driver(session: AsyncSession, provider_id: UUID) -> Provider:
    provider = await Providers(session).one(provider_id)
    if provider.driver not in driver_names():
        raise NotFound("What this provider is asked with is not installed any more.")
    return provider


async def _read(request: HTMXRequest, driver_name: str) -> Form[ProviderForm]:
    if driver_name not in driver_names():
        raise NotFound("There is no such kind of provider.")
    form = await Form.read(request, forms.form_of(driver_name))
    form.values["driver"] = driver_name
    return form


async def _save(
    session: AsyncSession, form: Form[ProviderForm], provider: Provider | None
) -> Provider | None:
    """The provider as the form wants it; None with all the mistakes in the form."""
    wanted, providers = forms.wanted(form), Providers(session)
    if not form.values["name"]:
        form.wrong("name", _("Give the provider a name."))
    if wanted is None or form.errors:
        return None
    try:
        async with session.begin_nested():
            if provider is None:
                return await providers.add(str(form.values["driver"]), wanted)
            await providers.change(provider, wanted)
            return provider
    except NameTaken as error:
        form.wrong("name", error)
    except SecretsWanted as error:
        for name in error.names:
            form.wrong(PREFIX + name, error)
    except DomainError as error:
        form.wrong("", error)
    if provider is not None:
        await session.refresh(provider)
    return None


def _screen(
    request: HTMXRequest, form: Form[ProviderForm], provider: Provider | None = None
) -> Response[Any]:
    name = str(form.values["driver"])
    return show(
        request,
        FORM,
        422 if form.errors else 200,
        form=form,
        provider=provider,
        driver=driver(name),
        options=forms.fields_of(name),
    )


async def _tell(
    request: HTMXRequest, session: AsyncSession, what: What, provider: Provider
) -> None:
    about = {"provider": provider.name, "driver": provider.driver}
    await publish(session, SecurityEvent(what, by=by(request), about=about))
    tell_after_commit(session, TOPIC)
