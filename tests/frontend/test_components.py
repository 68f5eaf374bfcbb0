"""The macros say what screen readers and plain browsers need."""

import re
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.reading.cards import Card
from tests.frontend import gallery

COVER = '{% from "components/covers.html" import cover_cards %}{{ cover_cards([card], eager=0) }}'


def render(source: str, **values: object) -> str:
    return gallery.environment().from_string(source).render(values)


def card(**values: Any) -> Card:
    plain = Card(UUID(int=1), "Akira", None, 3, 0, 0, "12345678-1-1", None)
    return msgspec.structs.replace(plain, **values)


@pytest.mark.parametrize("theme", gallery.THEMES)
@pytest.mark.parametrize("screen", gallery.SCREENS)
def test_every_sample_screen_is_whole(screen: str, theme: str) -> None:
    text = gallery.environment().get_template(f"{screen}.html").render(gallery.context(theme))

    assert ("data-theme" in text) == (theme != "auto")
    assert len(re.findall("<h1", text)) == 1
    assert len(re.findall("<main", text)) == 1
    assert 'class="skip"' in text
    targets = set(re.findall(r'href="#([\w-]+)"', text))
    assert targets <= set(re.findall(r'id="([\w-]+)"', text))
    ids = re.findall(r'\bid="([\w-]+)"', text)
    assert sorted(ids) == sorted(set(ids))


def test_the_reader_loads_no_script_and_one_small_sheet() -> None:
    text = gallery.environment().get_template("reader.html").render(gallery.context("dark"))

    assert "<script" not in text
    assert len(re.findall('rel="stylesheet"', text)) == 1


def test_SEC28_htmx_runs_without_eval_injected_styles_or_foreign_requests() -> None:
    text = gallery.environment().get_template("home.html").render(gallery.context("light"))

    assert '"includeIndicatorCSS":false' in text
    assert '"mode":"same-origin"' in text
    assert '"prefix":""' in text
    assert "<style" not in text
    assert re.findall(r"<script(?![^>]* src=)", text) == []


def test_a_wrong_field_is_tied_to_its_sentence_and_help() -> None:
    text = render(
        '{% from "components/forms.html" import field %}{{ field("folder", "Folder", "/x", error="Cannot be read.", help="Try again.") }}'
    )

    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="f-folder-wrong f-folder-help"' in text
    assert 'id="f-folder-wrong"' in text
    assert 'id="f-folder-help"' in text
    assert '<label for="f-folder">' in text
    assert 'value="/x"' in text


def test_a_right_field_is_not_called_wrong() -> None:
    text = render(
        '{% from "components/forms.html" import field %}{{ field("name", "Name", "Manga") }}'
    )

    assert "aria-invalid" not in text
    assert "aria-describedby" not in text


def test_a_password_is_never_written_back() -> None:
    text = render(
        '{% from "components/forms.html" import field %}{{ field("password", "Password", "hunter2", type="password") }}'
    )

    assert "hunter2" not in text


def test_the_summary_of_mistakes_leads_to_each_field() -> None:
    text = render(
        '{% from "components/forms.html" import error_summary %}{{ error_summary(errors) }}',
        errors={"name": "Give it a name.", "folder": "Cannot be read.", "": "Nothing was saved."},
    )

    assert 'href="#f-name"' in text
    assert 'href="#f-folder"' in text
    assert "3 things to put right" in text
    assert 'role="alert"' in text
    assert 'href="#f-"' not in text


def test_no_mistakes_no_summary() -> None:
    assert (
        render(
            '{% from "components/forms.html" import error_summary %}{{ error_summary({}) }}'
        ).strip()
        == ""
    )


@pytest.mark.parametrize(
    "value", ['"><script>alert(1)</script>', "<img src=x onerror=1>", "javascript:alert(1)"]
)
def test_SEC44_what_people_write_stays_text_in_every_component(value: str) -> None:
    text = render(
        """{% from "components/covers.html" import cover_cards, now_card, line_row %}
        {% from "components/chapters.html" import chapter_row %}{% from "components/volumes.html" import volume %}
        {% from "components/forms.html" import field, select, radio_cards %}{% from "components/notes.html" import note %}
        {{ cover_cards([card]) }}{{ now_card("/r", "/c", v, v, v, 1, 2, v) }}{{ line_row("/r", "/c", v, v, v) }}
        {% call volume(v, 1, 2) %}{% call chapter_row("/r", v, v, v, v) %}<a href="/x">x</a>{% endcall %}{% endcall %}
        {{ field("n", v, v, help=v, error=v) }}{{ select("n", v, [(v, v)], v) }}{{ radio_cards("n", v, [(v, v, v)], v) }}
        {{ note("info", v, v) }}""",
        v=value,
        card=card(title=value, language=value, cover_version=value),
    )

    assert "<script" not in text
    assert "<img src=x" not in text


def test_a_cover_without_a_picture_keeps_its_box() -> None:
    text = render(COVER, card=card(cover_version=None))

    assert '<span class="cover"><span class="cover-none">' in text


def test_pictures_below_the_fold_wait_and_keep_their_size() -> None:
    text = render(COVER, card=card())

    assert 'width="320" height="480"' in text
    assert 'loading="lazy"' in text


def test_load_more_is_a_link_first() -> None:
    text = render('{% from "components/paging.html" import load_more %}{{ load_more("?after=x") }}')

    assert 'href="?after=x"' in text
    assert 'hx-get="?after=x"' in text
    assert (
        render('{% from "components/paging.html" import load_more %}{{ load_more("") }}').strip()
        == ""
    )


def test_the_dock_folds_what_does_not_fit_beside_four_places() -> None:
    text = gallery.environment().get_template("home.html").render(gallery.context("light"))
    dock = text.partition('<nav class="dock"')[2].partition("</nav>")[0]
    shown = re.sub(r"<details.*</details>", "<a>", dock, flags=re.S)

    assert len(re.findall("<a", shown)) <= 5
    assert "/admin/libraries" in dock


def test_a_flash_can_be_taken_back() -> None:
    values = gallery.context("light")
    values["flashes"] = [
        type("F", (), {"kind": "good", "text": "Marked as read.", "undo": "/undo"})()
    ]

    text = gallery.environment().get_template("home.html").render(values)

    assert 'aria-live="polite"' in text
    assert re.search(
        r'<form method="post" action="/undo"><input type="hidden" name="csrf_token"', text
    )
