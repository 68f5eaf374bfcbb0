from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from app.foundation.web.forms import Form


class Direction(StrEnum):
    LEFT = "ltr"
    RIGHT = "rtl"


class Shelf(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=20)]
    summary: str = ""
    paths: list[str] = []
    direction: Direction | None = None
    age: Annotated[int, Meta(ge=0, le=120)] | None = None
    speed: float = 1.0
    kind: Literal["manga", "comic"] = "manga"
    opened: date | None = None
    owner: UUID | None = None
    private: bool = False
    password: str = ""


def test_every_field_becomes_its_type() -> None:
    form = Form.check(
        Shelf,
        {
            "name": ["  Akira  "],
            "summary": ["two\r\nlines"],
            "paths": ["/a", "", "/b"],
            "direction": ["rtl"],
            "age": ["16"],
            "speed": ["1,5"],
            "kind": ["comic"],
            "opened": ["2026-01-31"],
            "owner": ["0192f0c1-2345-7890-abcd-0123456789ab"],
            "private": ["1"],
            "password": ["  as typed \r\n"],
        },
    )

    assert form.errors == {}
    assert form.value == Shelf(
        name="Akira",
        summary="two\nlines",
        paths=["/a", "/b"],
        direction=Direction.RIGHT,
        age=16,
        speed=1.5,
        kind="comic",
        opened=date(2026, 1, 31),
        owner=UUID("0192f0c1-2345-7890-abcd-0123456789ab"),
        private=True,
        password="  as typed \r\n",
    )


def test_all_mistakes_are_told_at_once_and_the_words_are_kept() -> None:
    form = Form.check(
        Shelf,
        {
            "name": ["x" * 21],
            "direction": ["up"],
            "age": ["200"],
            "speed": ["nan"],
            "kind": ["novel"],
            "opened": ["31.1.2026"],
            "owner": ["me"],
            "private": ["perhaps"],
        },
    )

    assert form.value is None
    assert form.errors == {
        "name": "Use 1 to 20 characters.",
        "direction": "Choose one of the options.",
        "age": "Enter a whole number from 0 to 120.",
        "speed": "Enter a number.",
        "kind": "Choose one of the options.",
        "opened": "Write the date as year-month-day, such as 2026-01-31.",
        "owner": "Choose one of the options.",
        "private": "Choose yes or no.",
    }
    assert form.values["name"] == "x" * 21
    assert form.values["age"] == "200"


def test_what_is_left_empty_is_none_or_the_default_or_asked_for() -> None:
    form = Form.check(Shelf, {"name": [""], "age": [""], "speed": [""], "summary": [""]})
    assert form.errors == {"name": "Fill this in."}

    form = Form.check(Shelf, {"name": ["Akira"], "age": [""], "speed": [""]})
    assert form.value == Shelf(name="Akira")


def test_a_field_that_is_missing_altogether_is_asked_for() -> None:
    assert Form.check(Shelf, {}).errors == {"name": "Fill this in."}


def test_SEC34_a_field_nobody_asked_for_is_refused() -> None:
    form = Form.check(Shelf, {"name": ["Akira"], "is_owner": ["1"]})

    assert form.value is None
    assert list(form.errors) == [""]


def test_SEC34_an_upload_nobody_asked_for_is_refused() -> None:
    assert Form.check(Shelf, {"name": ["Akira"]}, uploads={"cover"}).value is None


def test_a_password_is_never_shown_again() -> None:
    form = Form.check(Shelf, {"name": [""], "password": ["secret"]})

    assert "secret" not in repr(form.values)


@pytest.mark.parametrize("text", ["a\x00b", "a\udc80b", "x" * 200_000])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    assert "summary" in Form.check(Shelf, {"name": ["x"], "summary": [text]}).errors


@pytest.mark.parametrize("text", ["1e9", "٣", "--1", "9" * 4000, "0x10", " "])
def test_a_whole_number_is_written_in_digits(text: str) -> None:
    class Count(msgspec.Struct):
        count: int

    assert "count" in Form.check(Count, {"count": [text]}).errors


def test_a_rule_of_the_service_stands_beside_its_field() -> None:
    form = Form.check(Shelf, {"name": ["Akira"]})
    form.wrong("name", "There is a library of this name.")

    assert form.value is None
    assert form.error("name") == "There is a library of this name."
    assert form.error("age") == ""


def test_a_form_is_filled_from_what_is_stored() -> None:
    form = Form.of(Shelf(name="Akira", direction=Direction.RIGHT))

    assert form.values["name"] == "Akira"
    assert form.values["direction"] == "rtl"
    assert Form.blank(Shelf).values["kind"] == "manga"
