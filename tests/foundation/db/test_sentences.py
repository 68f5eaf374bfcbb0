"""Sentences are kept with what they are made of, and said in the language of whoever reads them."""

import pytest
from sqlalchemy import select, text

from app.errors import Sentence
from app.foundation.http.errors import CannotConnect
from app.foundation.web.i18n import _, use_language
from app.providers.models import Provider
from tests import factories


@pytest.fixture
def in_german():
    use_language("de")
    yield
    use_language("en")


async def kept(session, reason: str) -> str:
    provider = await factories.add(
        session, Provider(name="Kumo", driver="komga", health_reason=reason)
    )
    found = await session.scalar(
        select(Provider.health_reason).where(Provider.id == provider.id),
        execution_options={"populate_existing": True},
    )
    return found or ""


async def test_a_reason_that_was_kept_is_read_in_another_language(session, in_german):
    found = await kept(session, CannotConnect("nas.lan").said)

    assert found == "nas.lan cannot be reached."
    assert _(found) == "nas.lan ist nicht zu erreichen."


async def test_a_reason_within_a_reason_is_translated_as_well(session, in_german):
    inner = CannotConnect("nas.lan").said
    outer = "%(why)s It is fetched from %(provider)s instead."

    found = await kept(session, Sentence(outer, why=inner, provider="Kumo"))

    assert found == "nas.lan cannot be reached. It is fetched from Kumo instead."
    assert _(found) == "nas.lan ist nicht zu erreichen. Stattdessen wird es von Kumo geholt."


@pytest.mark.parametrize("plain", ["It answers slowly.", "[odd] words of a plug-in", "100 % away"])
async def test_what_has_no_values_is_kept_as_it_is(session, plain):
    found = await kept(session, plain)

    assert found == plain == _(found)
    assert await session.scalar(text("SELECT health_reason FROM provider")) == plain
