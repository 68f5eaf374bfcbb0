"""`/admin/sign-in`: which providers owners trust to say who somebody is."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.events import SecurityEvent, What, by
from app.auth.other_ways import SignInWays
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, lazy_gettext
from app.foundation.web.settings import Section, register_section
from app.library.service import AllLibraries
from app.single_sign_on.addresses import after_sign_out, callback
from app.single_sign_on.asking import is_allowed_url
from app.single_sign_on.forms import ProviderForm
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import forget_what_is_known
from app.single_sign_on.sealed import sealed_secret
from app.single_sign_on.service import IssuerTaken, NobodyIsLeft, Providers

LIST = "/admin/sign-in"
FORM, REMOVE = "single_sign_on/provider.html", "single_sign_on/remove.html"
COPIED = (
    "name", "client_id", "scopes", "allows_private", "is_on", "suffices", "makes_people",
    "role_claim", "manager_value", "owner_value",
)  # fmt: skip


class SignInProviders(Controller):
    path = LIST
    opt = {"policy": Policy.OWNER}

    @get("", name="sign_in.list")
    async def list_providers(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        providers = await Providers(session).all()
        return show(request, "single_sign_on/providers.html", providers=providers)

    @get("/new", name="sign_in.new")
    async def new_provider(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return await _screen(request, session, person, Form.blank(ProviderForm))

    @post("/new", name="sign_in.create", status_code=200, opt={"proof": True})
    async def create_provider(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, ProviderForm)
        _check(form, None)
        provider = SignInProvider()
        if form.value is not None:
            provider.issuer = form.value.issuer
            _fill(request, provider, form.value)
            try:
                await Providers(session).add(provider)
            except IssuerTaken as error:
                form.wrong("issuer", error)
        if form.value is None:
            return await _screen(request, session, person, form, status=422)
        await _tell(request, session, What.PROVIDER_ADDED, provider)
        return done(request, f"{LIST}/{provider.id}", flash=_("Saved."))

    @get("/{provider_id:uuid}", name="sign_in.edit")
    async def edit_provider(
        self, request: HTMXRequest, provider_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        provider = await Providers(session).one(provider_id)
        return await _screen(request, session, person, _form_of(provider), provider)

    @post("/{provider_id:uuid}", name="sign_in.change", status_code=200, opt={"proof": True})
    async def change_provider(
        self, request: HTMXRequest, provider_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        provider = await Providers(session).one(provider_id)
        form = await Form.read(request, ProviderForm)
        _check(form, provider)
        if form.value is not None:
            _fill(request, provider, form.value)
            try:
                await Providers(session).keep_a_way_in()
            except NobodyIsLeft as error:
                form.wrong("is_on", error)
        if form.value is None:
            return await _screen(request, session, person, form, provider, status=422)
        forget_what_is_known(provider.issuer)
        await _tell(request, session, What.PROVIDER_CHANGED, provider)
        return done(request, f"{LIST}/{provider.id}", flash=_("Saved."))

    @get("/{provider_id:uuid}/remove", name="sign_in.ask_to_remove")
    async def ask_to_remove(
        self, request: HTMXRequest, provider_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        return show(request, REMOVE, provider=await Providers(session).one(provider_id))

    @post("/{provider_id:uuid}/remove", name="sign_in.remove", status_code=200, opt={"proof": True})
    async def remove_provider(
        self, request: HTMXRequest, provider_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        providers = Providers(session)
        provider = await providers.one(provider_id)
        await providers.remove(provider)
        await _tell(request, session, What.PROVIDER_REMOVED, provider)
        return done(request, LIST, flash=_("Removed “%(name)s”.", name=provider.name))


async def _screen(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    form: Form[ProviderForm],
    provider: SignInProvider | None = None,
    status: int = 200,
) -> Response[Any]:
    return show(
        request,
        FORM,
        status,
        form=form,
        provider=provider,
        callback=callback(request, provider) if provider else "",
        after_sign_out=after_sign_out(request),
        libraries=await AllLibraries(session).all_for(person),
    )


def _check(form: Form[ProviderForm], provider: SignInProvider | None) -> None:
    typed = form.value
    if typed is None:
        return
    if provider is not None and typed.issuer != provider.issuer:
        form.wrong("issuer", _("The issuer stays what it is. Add another provider instead."))
    elif (
        not is_allowed_url(typed.issuer, private=typed.allows_private)
        or "?" in typed.issuer
        or "#" in typed.issuer
    ):
        form.wrong("issuer", _("Write an address that begins with https://"))
    if "openid" not in typed.scopes.split():
        form.wrong("scopes", _("“openid” has to be among them."))


def _fill(request: HTMXRequest, provider: SignInProvider, typed: ProviderForm) -> None:
    for name in COPIED:
        setattr(provider, name, getattr(typed, name))
    provider.libraries = {"given": [str(one) for one in typed.libraries]}
    if typed.no_secret:
        provider.secret = None
    elif typed.client_secret:
        provider.secret = sealed_secret(request, typed.issuer, typed.client_secret)


def _form_of(provider: SignInProvider) -> Form[ProviderForm]:
    values = {name: getattr(provider, name) for name in COPIED}
    given = [UUID(one) for one in provider.libraries.get("given", [])]
    no_secret = provider.secret is None
    return Form.of(
        ProviderForm(issuer=provider.issuer, libraries=given, no_secret=no_secret, **values)
    )


async def _tell(
    request: HTMXRequest, session: AsyncSession, what: What, provider: SignInProvider
) -> None:
    await publish(session, SecurityEvent(what, by=by(request), about={"provider": provider.name}))


async def _someone_is_left(session: AsyncSession, form: Form[Any]) -> None:
    """Passwords go only where an owner has shown that the other way leads in."""
    ways: SignInWays | None = form.value
    if ways is None or ways.by_password or await Providers(session).leads_an_owner_in():
        return
    sentence = _("First link the account of an owner to a provider, so that somebody can come in.")
    form.wrong("by_password", sentence)


register_section(
    Section(
        key="sign_in_providers",
        title=lazy_gettext("Single sign-on"),
        about=lazy_gettext("Other servers that say who somebody is, by OpenID Connect."),
        icon="key",
        href=LIST,
        order=140,
    )
)
register_section(
    Section(
        key="sign_in_ways",
        title=lazy_gettext("Passwords"),
        about=lazy_gettext(
            "Whether people may sign in with a password, or by single sign-on alone."
        ),
        icon="key",
        kind=SignInWays,
        template="single_sign_on/_ways.html",
        check=_someone_is_left,
        order=141,
    )
)
