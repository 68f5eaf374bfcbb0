"""Where people go and come back, as the provider and the sign-in screen name it."""

from urllib.parse import quote

from app.foundation.web.client import client_of
from app.foundation.web.context import AnyRequest
from app.single_sign_on.models import SignInProvider


def home(request: AnyRequest) -> str:
    """By BUNKO_PUBLIC_URL, else as this browser calls us."""
    base: str = request.app.state.settings.public_url or client_of(request).origin
    return base


def way_in(provider: SignInProvider, then: str = "") -> str:
    query = f"?next={quote(then, safe='/')}" if then and then != "/" else ""
    return f"/login/with/{provider.id}{query}"


def callback(request: AnyRequest, provider: SignInProvider) -> str:
    return f"{home(request)}/login/with/{provider.id}/callback"


def after_sign_out(request: AnyRequest) -> str:
    return f"{home(request)}/login"
