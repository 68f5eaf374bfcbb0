"""The provider of the tests, but that people whose subject begins with `lean` stand with name and groups
in its userinfo alone, as with Authelia; and of `swapped` its userinfo tells of somebody else."""

from typing import Any

from oidc_provider_mock import _app
from oidc_provider_mock.__main__ import run

_told = _app._user_claims_for_scope


def _told_of(user: Any, scope: str) -> dict[str, object]:
    told = _told(user, scope)
    return {**told, "sub": "somebody else"} if user.sub == "lean-swapped" else told


def _in_token(_self: object, user: Any, scope: str) -> dict[str, object]:
    return {"sub": user.sub} if user.sub.startswith("lean") else _told(user, scope)


_app._user_claims_for_scope = _told_of
_app.OpenIDCode.generate_user_info = _in_token

if __name__ == "__main__":
    run()
