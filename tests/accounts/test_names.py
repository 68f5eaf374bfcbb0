import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.lookalikes import mixes_scripts, skeletons
from app.accounts.names import WrongName, checked_name
from app.accounts.service import LooksLikeAnother, NameTaken, People
from tests import factories


@pytest.mark.parametrize(
    "name",
    ["alice", "Jörg Müller", "山田 Taro", "ひらがなカナ", "김철수 Kim", "Дмитрий", "Νίκος", "عادل"],
)
def test_a_name_of_any_script_is_taken(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a" * 61, "60 characters"),
        ("a" * 100_000, "60 characters"),
        ("ali\x1bce", "cannot be seen"),
        ("ali\u200bce", "cannot be seen"),
        ("ali\u202ece", "cannot be seen"),
        ("alice\ufe0f", "cannot be seen"),
        ("a\u3164", "cannot be seen"),
        ("alice\n", "cannot be seen"),
        ("***", "letters or digits"),
        ("alice@home", "no @"),
        ("z\u0300\u0301\u0302\u0303algo", "three marks"),
        ("\u0430lice", "one script"),
        ("p\u0430ypal", "one script"),
        ("\u03b1lpha", "one script"),
        ("", "letters or digits"),
    ],
)
def test_a_name_that_deceives_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(WrongName, match=reason):
        checked_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pace", "\u0440\u0430\u0441\u0435"),
        ("Ian", "lan"),
        ("bernie", "bemie"),
        ("b0b", "bOb"),
        ("alice1", "alicel"),
    ],
)
def test_two_names_of_one_shape_share_a_skeleton(one: str, other: str) -> None:
    assert skeletons(one) & skeletons(other)


@pytest.mark.parametrize(("one", "other"), [("anna", "hanna"), ("Jörg", "Jorg"), ("山田", "山口")])
def test_names_that_are_told_apart_share_none(one: str, other: str) -> None:
    assert not skeletons(one) & skeletons(other)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_name_or_a_reason(typed: str) -> None:
    try:
        name = checked_name(typed)
    except WrongName as error:
        assert error.message
    else:
        assert checked_name(name) == name
        assert not mixes_scripts(name)


async def test_nobody_takes_a_name_that_looks_like_another(session: AsyncSession) -> None:
    await factories.person(session, "pace")
    people = People(session)

    with pytest.raises(LooksLikeAnother):
        await people.create("\u0440\u0430\u0441\u0435", "!")
    with pytest.raises(NameTaken):
        await people.create("PACE", "!")


async def test_a_person_may_change_how_their_own_name_is_written(session: AsyncSession) -> None:
    person = await factories.person(session, "ian")

    await People(session).rename(person, "Ian")

    assert person.name == "Ian"
