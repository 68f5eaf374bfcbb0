"""Names of files from a template."""

import os
import string
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.downloads.naming import DEFAULT, EXAMPLE, SUFFIX, Facts, Template
from app.errors import Invalid
from app.foundation.archives.paths import is_plain_relative
from app.metadata.folders import place_of

TEMPLATES = (
    DEFAULT,
    "{number}",
    "{title}",
    "Volume {volume}/{series} {number:003}{ - title}",
    "{language}{[group]}{(year)} {provider} {number:Ch. 03}",
)
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123")}
words = st.text(max_size=300) | st.sampled_from(
    [
        "..",
        ".",
        "/",
        "a/b",
        "CON",
        "nul.txt",
        "COM1",
        " . ",
        "\\\\server",
        "\0",
        "\u202e",
        "é" * 200,
    ]
)
facts = st.builds(
    Facts,
    series=words,
    number=st.none() | st.decimals(-1, 99999, places=3),
    number_text=words,
    volume=st.none() | st.decimals(0, 999, places=1),
    title=words,
    groups=st.lists(words, max_size=3).map(tuple),
    language=words,
    provider=words,
)


def test_a_one_shot_is_told_apart_by_its_title() -> None:
    said = Facts(series="Hourglass", title="A day off", groups=("Night Owls",))

    assert Template(DEFAULT).path(said) == "Hourglass A day off [Night Owls].cbz"
    assert Template("{number} {title}").path(said) == "A day off.cbz"


@settings(max_examples=200)
@given(facts, st.sampled_from(TEMPLATES))
def test_SEC37_whatever_a_provider_says_the_name_is_safe_everywhere(
    said: Facts, template: str
) -> None:
    path = Template(template).path(said)

    assert path.endswith(SUFFIX)
    assert is_plain_relative(os.fsencode(path))
    for part in path.split("/"):
        assert 0 < len(part.encode()) <= 255
        assert part == part.strip(" .")
        assert part.partition(".")[0].casefold() not in RESERVED
        assert not set(part) & set('<>:"\\|?*')
        assert all(ord(sign) >= 32 for sign in part)
    assert place_of(os.fsencode(f"Series/{path}")).folder.startswith(b"Series")


@given(st.text(alphabet=string.ascii_letters + "{}[]:/ .0123", max_size=60))
def test_SEC37_a_template_is_taken_or_refused_with_a_sentence(text: str) -> None:
    try:
        path = Template(text).path(EXAMPLE)
    except Invalid as error:
        assert error.message.endswith(".")
    else:
        assert is_plain_relative(os.fsencode(path))


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (DEFAULT, "Hourglass v02 c010.5 [Night Owls].cbz"),
        ("{series} - {number:003}{ - title}", "Hourglass - 010.5 - Sand.cbz"),
        ("Volume {volume}/{number:c003}", "Volume 2/c010.5.cbz"),
    ],
)
def test_a_template_says_what_stands_where(template: str, name: str) -> None:
    assert Template(template).path(EXAMPLE) == name


def test_what_has_nothing_to_say_vanishes_with_its_brackets_and_its_folder() -> None:
    bare = Facts(series="Hourglass", number=Decimal(7), number_text="7")

    assert Template(DEFAULT).path(bare) == "Hourglass c007.cbz"
    assert Template("Volume {volume}/{number:c003}{ - title}").path(bare) == "c007.cbz"


@pytest.mark.parametrize(
    "text", ["", "{series}", "{number", "{numbers}", "{series:3} {number}", "{group}/{number}"]
)
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Template(text)
