"""What only we may read: the secrets of providers, and what browsers keep for us on their way."""

from app.foundation.security.sealing import seal, unseal
from app.foundation.web.context import AnyRequest
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import Refused

PURPOSE = "single sign-on"


def key_of(request: AnyRequest) -> bytes:
    key: bytes = request.app.state.secrets.sub(PURPOSE)
    return key


def secret_of(request: AnyRequest, provider: SignInProvider) -> str | None:
    if provider.secret is None:
        return None
    opened = unseal(key_of(request), provider.secret, provider.issuer.encode())
    if opened is None:
        # The master secret was changed: an owner has to type it anew.
        raise Refused
    return opened.decode()


def sealed_secret(request: AnyRequest, issuer: str, secret: str) -> bytes:
    return seal(key_of(request), secret.encode(), issuer.encode())
