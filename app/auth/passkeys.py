"""Passkeys (WebAuthn Level 2): a device holds a key and signs a challenge of ours with it.

What it signs names our host, so a site that only looks like us learns nothing it could use. The
device asks for a finger or a PIN, so a passkey is two factors by itself. `webauthn` is imported
where it is used: it is heavy, and few requests need it.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import contains_eager

from app.accounts.models import User
from app.auth.models import OneTimeToken, Passkey
from app.auth.passkey_shapes import (
    BadPasskey,
    as_text,
    decoded,
    refusals,
    refuse_another_person,
    transports_of,
)
from app.auth.tokens import BadToken, Tokens
from app.errors import Invalid, NotFound
from app.foundation.db import now
from app.foundation.web.client import Client, client_of
from app.foundation.web.context import AnyRequest
from app.foundation.web.hosts import split_host

LIVES = timedelta(minutes=5)
MOST = 20


class Ceremony(StrEnum):
    """What a challenge is for; one of another kind is worth nothing."""

    REGISTER = "passkey.register"
    SIGN_IN = "passkey.sign_in"
    SECOND = "passkey.second"
    PROVE = "passkey.prove"


class TooManyPasskeys(Invalid):
    def __init__(self) -> None:
        super().__init__("You have twenty passkeys. Remove one that you no longer use first.")


class NoPasskeysHere(NotFound):
    def __init__(self) -> None:
        super().__init__("Passkeys need an encrypted connection.")


class RelyingParty(msgspec.Struct, frozen=True):
    """Us, as devices name us: `id` is our host, `origin` what a browser says it is on."""

    id: str
    origin: str


def relying_party(public_url: str | None, client: Client) -> RelyingParty | None:
    """None where no browser offers passkeys: without encryption, or under a name that is not
    ours for certain. On the machine itself it is `localhost`."""
    if public_url is not None:
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        is_safe = parts.scheme == "https" or host == "localhost"
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        default = {"https": ":443", "http": ":80"}[parts.scheme]
        return RelyingParty(host, origin.removesuffix(default)) if is_safe else None
    is_here = split_host(client.host)[0] == "localhost"
    return RelyingParty("localhost", client.origin) if is_here else None


def offers_passkeys(request: AnyRequest) -> bool:
    return _party_of(request) is not None


def passkeys_here(request: AnyRequest, session: AsyncSession) -> "Passkeys":
    party = _party_of(request)
    if party is None:
        raise NoPasskeysHere
    return Passkeys(session, request.app.state.session_maker_class, party)


def _party_of(request: AnyRequest) -> RelyingParty | None:
    return relying_party(request.app.state.settings.public_url, client_of(request))


class Passkeys:
    """`maker` gives the transaction of its own in which a challenge is spent: it is over whatever
    becomes of the request that brought it."""

    def __init__(
        self,
        session: AsyncSession,
        maker: async_sessionmaker[AsyncSession],
        party: RelyingParty,
    ) -> None:
        self.session = session
        self.maker = maker
        self.party = party

    async def registration_options(self, person: User) -> str:
        """What the browser asks of a device that is to become a passkey, as JSON."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        known = await passkeys_of(self.session, person.id)
        if len(known) >= MOST:
            raise TooManyPasskeys
        options = generate_registration_options(
            rp_id=self.party.id,
            rp_name="Bunko",
            user_id=person.id.bytes,
            user_name=person.name,
            challenge=base64url_to_bytes(await self._challenge(Ceremony.REGISTER, person.id)),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=one.credential_id) for one in known
            ],
        )
        return options_to_json(options)

    async def register(self, person: User, sent: str, name: str) -> Passkey:
        from webauthn import verify_registration_response

        credential = decoded(sent)
        challenge = await self._spent(Ceremony.REGISTER, credential, person.id)
        with refusals():
            found = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.party.id,
                expected_origin=self.party.origin,
                require_user_verification=True,
            )
        is_known = select(Passkey.id).where(Passkey.credential_id == found.credential_id)
        if await self.session.scalar(is_known) is not None:
            raise BadPasskey
        passkey = Passkey(
            user_id=person.id,
            credential_id=found.credential_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            transports=transports_of(credential),
            name=name,
        )
        self.session.add(passkey)
        await self.session.flush()
        return passkey

    async def sign_in_options(self, ceremony: Ceremony, user_id: UUID | None = None) -> str:
        """As JSON. Without a person the device itself says who it is."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.structs import (
            AuthenticatorTransport,
            PublicKeyCredentialDescriptor,
            UserVerificationRequirement,
        )

        known = await passkeys_of(self.session, user_id) if user_id is not None else []
        options = generate_authentication_options(
            rp_id=self.party.id,
            challenge=base64url_to_bytes(await self._challenge(ceremony, user_id)),
            allow_credentials=[
                PublicKeyCredentialDescriptor(
                    id=one.credential_id,
                    transports=[AuthenticatorTransport(word) for word in one.transports],
                )
                for one in known
            ],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    async def verify(self, ceremony: Ceremony, sent: str, user_id: UUID | None = None) -> Passkey:
        """The passkey that signed, with its person; raises BadPasskey, for whatever reason."""
        from webauthn import verify_authentication_response

        credential = decoded(sent)
        challenge = await self._spent(ceremony, credential, user_id)
        passkey = await self._found(credential)
        if passkey is None or user_id not in (None, passkey.user_id):
            raise BadPasskey
        with refusals():
            refuse_another_person(credential, passkey.user_id)
            found = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.party.id,
                expected_origin=self.party.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        await self._note_use(passkey, found.new_sign_count)
        return passkey

    async def _challenge(self, ceremony: Ceremony, user_id: UUID | None) -> str:
        """The text of a one-time token is what browsers call a challenge, letter for letter."""
        secret, _row = await Tokens(self.session, ceremony).make(lives=LIVES, user_id=user_id)
        return secret

    async def _spent(
        self, ceremony: Ceremony, credential: dict[str, Any], user_id: UUID | None
    ) -> bytes:
        from webauthn.helpers import base64url_to_bytes, parse_client_data_json

        with refusals():
            client_data = base64url_to_bytes(credential["response"]["clientDataJSON"])
            challenge = parse_client_data_json(client_data).challenge
        try:
            async with self.maker() as own, own.begin():
                token = await Tokens(own, ceremony).spend(as_text(challenge))
        except BadToken as error:
            raise BadPasskey from error
        if token.user_id != user_id:
            raise BadPasskey
        return challenge

    async def _found(self, credential: dict[str, Any]) -> Passkey | None:
        from webauthn.helpers import base64url_to_bytes

        with refusals():
            credential_id = base64url_to_bytes(credential["rawId"])
        return await self.session.scalar(
            select(Passkey)
            .join(Passkey.user)
            .join(User.preference)
            .options(contains_eager(Passkey.user).contains_eager(User.preference))
            .where(Passkey.credential_id == credential_id, User.disabled_at.is_(None))
        )

    async def _note_use(self, passkey: Passkey, count: int) -> None:
        """A counter only grows, also where two use it at once; some devices never count."""
        is_newer = Passkey.sign_count < count if count else Passkey.sign_count == 0
        noted = await self.session.execute(
            update(Passkey)
            .where(Passkey.id == passkey.id, is_newer)
            .values(sign_count=count, used_at=now())
        )
        assert isinstance(noted, CursorResult)
        if not noted.rowcount:
            raise BadPasskey


async def passkeys_of(session: AsyncSession, user_id: UUID) -> Sequence[Passkey]:
    """The first made first; at most MOST."""
    found = await session.scalars(
        select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at, Passkey.id)
    )
    return found.all()


async def passkey_of(session: AsyncSession, user_id: UUID, passkey_id: UUID) -> Passkey:
    found = await session.scalar(
        select(Passkey).where(Passkey.user_id == user_id, Passkey.id == passkey_id)
    )
    if found is None:
        raise NotFound("There is no such passkey.")
    return found


async def forget_challenges(session: AsyncSession) -> None:
    """Those that nobody can use any more: anybody may ask for one."""
    await session.execute(
        delete(OneTimeToken).where(
            OneTimeToken.kind.in_(list(Ceremony)), OneTimeToken.expires_at < now()
        )
    )
