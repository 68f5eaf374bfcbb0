"""ID tokens that are not what they should be: each is refused, and all alike."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.foundation.db import new_id
from app.single_sign_on import protocol
from app.single_sign_on.asking import ProviderIsAway, ask, is_allowed_url
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import LEEWAY, OLDEST, Metadata, Refused, checked

ISSUER, CLIENT, NONCE = "https://auth.example.org", "bunko", "the nonce of this attempt"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
STRANGE = RSAKey.generate_key(2048, {"kid": "one"})
METADATA = Metadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/a",
    token_endpoint=f"{ISSUER}/t",
    jwks_uri=f"{ISSUER}/k",
)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> SignInProvider:
    async def keys(*_given: Any, **_named: Any) -> dict[str, Any]:
        return dict(KeySet([KEY]).as_dict(private=False))

    protocol.forget_what_is_known(ISSUER)
    monkeypatch.setattr(protocol, "ask", keys)
    return SignInProvider(id=new_id(), issuer=ISSUER, client_id=CLIENT, allows_private=False)


NOW = int(time.time())


def claims(**changes: Any) -> dict[str, Any]:
    now = NOW
    good = {"iss": ISSUER, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300}
    made = {**good, "nonce": NONCE, **changes}
    return {name: value for name, value in made.items() if value is not None}


def signed(key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    head = {"alg": "RS256", "kid": "one", **(header or {})}
    return jwt.encode(head, claims(**changes), key, algorithms=[head["alg"]])


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned() -> str:
    return f"{part({'alg': 'none'})}.{part(claims())}."


def with_public_key_as_secret() -> str:
    """The old trick: the public key, taken for a shared secret."""
    words = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims())}"
    mac = hmac.digest(KEY.as_pem(private=False), words.encode(), "sha256")
    return f"{words}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def changed_after_signing() -> str:
    head, body, mac = signed().split(".")
    other = json.loads(base64.urlsafe_b64decode(body + "=="))
    other["sub"] = "admin"
    return f"{head}.{part(other)}.{mac}"


FORGED = {
    "alg none": unsigned(),
    "public key as secret": with_public_key_as_secret(),
    "changed after signing": changed_after_signing(),
    "another key of the same name": signed(STRANGE),
    "unknown kid": signed(header={"kid": "two"}),
    "another curve": signed(
        ECKey.generate_key("P-256", {"kid": "e"}), {"alg": "ES256", "kid": "e"}
    ),
    "its own key": signed(STRANGE, {"jwk": STRANGE.as_dict(private=False), "kid": "x"}),
    "key elsewhere": signed(STRANGE, {"jku": "https://evil.example.org/k"}),
    "other issuer": signed(iss="https://evil.example.org"),
    "issuer with a slash": signed(iss=f"{ISSUER}/"),
    "no issuer": signed(iss=None),
    "other audience": signed(aud="another client"),
    "many audiences, another party": signed(aud=[CLIENT, "b"], azp="b"),
    "many audiences, no party": signed(aud=["b", "c"]),
    "no audience": signed(aud=None),
    "other nonce": signed(nonce="of another attempt"),
    "no nonce": signed(nonce=None),
    "expired": signed(exp=NOW - LEEWAY - 60, iat=NOW - 600),
    "no expiry": signed(exp=None),
    "made in the future": signed(iat=NOW + LEEWAY + 600),
    "made long ago": signed(iat=NOW - OLDEST - LEEWAY - 60),
    "not yet": signed(nbf=NOW + LEEWAY + 600),
    "no time": signed(iat=None),
    "time as text": signed(iat="yesterday"),
    "no subject": signed(sub=None),
    "empty subject": signed(sub=""),
    "subject that is no text": signed(sub=7),
    "endless subject": signed(sub="x" * 300),
    "subject with a line break": signed(sub="a\nb"),
    "hash of another access token": signed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "nothing": "",
    "no token": "what.is.this",
    "four parts": signed() + ".x",
}


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays the moment at which the tokens were made: the suite may take longer than they live."""
    monkeypatch.setattr(protocol, "now", lambda: datetime.fromtimestamp(NOW, UTC))


async def test_a_good_token_is_good_within_the_leeway_of_clocks(provider: SignInProvider) -> None:
    for token in (
        signed(),
        signed(exp=NOW - LEEWAY + 30, iat=NOW - 300),
        signed(iat=NOW + LEEWAY - 30),
        signed(aud=[CLIENT]),
        signed(aud=[CLIENT, "b"], azp=CLIENT),
    ):
        assert (await checked(provider, METADATA, token, NONCE, "access"))["sub"] == "u-1"


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_is_refused(provider: SignInProvider, name: str) -> None:
    with pytest.raises(Refused):
        await checked(provider, METADATA, FORGED[name], NONCE, "access")


async def test_new_keys_are_fetched_once_a_minute_at_most(
    provider: SignInProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = [KeySet([STRANGE]), KeySet([KEY]), KeySet([KEY])]
    asked = []

    async def keys(*given: Any, **_named: Any) -> dict[str, Any]:
        asked.append(given)
        return dict(sets[len(asked) - 1].as_dict(private=False))

    monkeypatch.setattr(protocol, "ask", keys)
    assert (await checked(provider, METADATA, signed(), NONCE))["sub"] == "u-1"
    for _ in range(5):
        with pytest.raises(Refused):
            await checked(provider, METADATA, FORGED["unknown kid"], NONCE)

    assert len(asked) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.example.org/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[fec0::1]/",
        "https://224.0.0.1/",
        "https://localhost/",
        "ftp://auth.example.org/",
        "file:///etc/passwd",
        "https://user@auth.example.org/",
        "https:///nothing",
    ],
)
async def test_nothing_private_is_asked_unless_an_owner_allowed_it(url: str) -> None:
    with pytest.raises(ProviderIsAway):
        await ask(url, private=False)


def test_http_is_for_private_addresses_alone() -> None:
    assert is_allowed_url("http://auth.lan:9091", private=True)
    assert not is_allowed_url("http://auth.lan:9091", private=False)
    assert not is_allowed_url("https://auth.example.org:99999", private=True)
