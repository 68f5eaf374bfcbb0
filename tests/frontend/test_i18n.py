"""Every sentence can be shown in another language, and numbers and dates as people read them."""

import ast
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from app.foundation.web import i18n, times
from deploy import messages
from tests.frontend import gallery

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    i18n.use_language("en")


@cache
def extracted() -> Catalog:
    """What `pybabel extract` finds in our templates."""
    catalogue = Catalog(locale="en")
    options = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
    found = extract_from_dir(ROOT / "templates", [("**.html", "jinja2")], {"**.html": options})
    for name, line, message, comments, context in found:
        catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def pseudo(text: str) -> str:
    """The sentence between brackets, its placeholders as they are."""
    return f"⟦{text}⟧"


@pytest.fixture
def pseudo_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    catalogue = Catalog(locale="en")
    for message in extracted():
        if message.id:
            strings = (
                tuple(map(pseudo, message.id))
                if isinstance(message.id, tuple)
                else pseudo(message.id)
            )
            catalogue.add(message.id, strings)
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    written = BytesIO()
    write_po(written, catalogue)
    (folder / "bunko.po").write_bytes(written.getvalue())
    reader = i18n.translations_for("xx", tmp_path)
    plain = i18n.translations_for
    monkeypatch.setattr(
        i18n, "translations_for", lambda language: reader if language == "xx" else plain(language)
    )
    return "xx"


def test_every_sentence_of_the_templates_can_be_extracted() -> None:
    known = {part for m in extracted() for part in (m.id if isinstance(m.id, tuple) else (m.id,))}
    written = set()
    for path in (ROOT / "templates").rglob("*.html"):
        written |= {
            text
            for _quote, text in re.findall(
                r'\b_\((["\'])(.*?)\1[,)]', re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)
            )
        }

    assert len(written) >= 20
    assert written <= known


@pytest.mark.parametrize("screen", ["home", "library", "series", "reader", "forms"])
def test_every_screen_can_be_shown_in_another_language(screen: str, pseudo_language: str) -> None:
    i18n.use_language(pseudo_language)
    made = gallery.environment()

    text = made.get_template(f"{screen}.html").render(gallery.context("light", lang="en"))

    assert re.search(r'class="skip"[^>]*>⟦', text)


def test_the_shell_has_no_sentence_that_stays_english(pseudo_language: str) -> None:
    i18n.use_language(pseudo_language)
    values = gallery.context("light") | {"path": "/"}

    text = gallery.environment().get_template("layout.html").render(values)
    names = {
        "Bunko",
        "文庫",
        "Home",
        "Manga",
        "Comics",
        "Libraries",
        "Jobs",
        "1 284",
        "96",
        "2",
        "alice",
    }
    shown = {
        piece.strip()
        for piece in re.findall(r">([^<>]+)<", text.partition("<body>")[2])
        if piece.strip()
    }

    assert {piece for piece in shown if not piece.startswith("⟦")} <= names | {
        f"1{i18n.THIN_SPACE}284"
    }


def test_a_per_cent_sign_in_a_template_sentence_is_written_twice() -> None:
    for message in extracted():
        for text in message.id if isinstance(message.id, tuple) else (message.id,):
            assert re.sub(r"%%|%\(\w+\)s", "", text).count("%") == 0, text


def test_values_are_escaped_inside_a_translated_sentence() -> None:
    made = gallery.environment().from_string('{{ _("Account: %(name)s", name=name) }}')

    assert made.render(name="<b>") == "Account: &lt;b&gt;"


def test_a_lazy_sentence_is_translated_when_shown(pseudo_language: str) -> None:
    label = i18n.lazy_gettext("Cancel")

    before = str(label)
    i18n.use_language(pseudo_language)

    assert (before, str(label)) == ("Cancel", "⟦Cancel⟧")


@pytest.mark.parametrize(
    ("accepted", "preferred", "chosen"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", None, "de"),
        ("fr;q=0.4, ja;q=0.7", None, "ja"),
        ("pt-BR", None, "pt-BR"),
        ("fr", "de", "de"),
        ("de;q=0, fr;q=x", None, "en"),
        ("*", None, "en"),
        ("", "xx", "en"),
        ("DE", None, "de"),
    ],
)
def test_the_language_is_the_one_the_person_reads_best(
    accepted: str, preferred: str | None, chosen: str
) -> None:
    assert i18n.choose_language(accepted, preferred, ("en", "de", "ja", "pt-BR")) == chosen


def test_english_is_always_offered() -> None:
    assert i18n.languages()[0] == "en"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7, "7"),
        (1284, "1 284"),
        (1_000_000, "1 000 000"),
        (12.0, "12"),
        (10.5, "10.5"),
        (-1200, "-1 200"),
    ],
)
def test_numbers_have_thin_separators(value: float, shown: str) -> None:
    assert i18n.number(value) == shown.replace(" ", i18n.THIN_SPACE)


def test_a_fraction_has_the_sign_of_the_language() -> None:
    i18n.use_language("de")

    assert i18n.number(10.5) == "10,5"


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (1023, "1 023 B"), (1536, "1.5 KB"), (2_097_152, "2 MB"), (5 * 2**40, "5 TB")],
)
def test_sizes_are_said_as_people_say_them(size: int, shown: str) -> None:
    assert i18n.file_size(size) == shown.replace(" ", i18n.THIN_SPACE)


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=-1), "just now"),
        (timedelta(seconds=-40), "in a moment"),
        (timedelta(minutes=20), "20 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=1, hours=3), "Yesterday"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(weeks=3), "3 weeks ago"),
        (timedelta(days=100), "16 Aug 2026"),
        (-timedelta(minutes=10), "in 10 min"),
        (-timedelta(days=1), "in 1 day"),
    ],
)
def test_dates_are_said_by_their_distance(passed: timedelta, shown: str) -> None:
    assert times.ago(NOW - passed, NOW) == shown


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_days_and_times_are_those_of_the_server() -> None:
    late = datetime(2026, 11, 24, 20, 5, tzinfo=UTC)

    assert times.full_date(late) == "25 November 2026, 05:05:00 +0900"
    assert times.short_date(late) == "25 Nov 2026"
    assert times.short_date(late.date()) == "24 Nov 2026"
    assert times.since(late, late + timedelta(hours=3)) == "since 05:05"
    assert times.since(late, late + timedelta(days=1)) == "since 25 Nov 2026"


def test_arabic_runs_from_right_to_left() -> None:
    assert (i18n.text_direction("ar-EG"), i18n.text_direction("ja")) == ("rtl", "ltr")


def test_the_sentences_of_errors_can_be_translated() -> None:
    """A literal that is found by whoever gathers messages, or text that `_` made."""
    trees = {path: ast.parse(path.read_text()) for path in messages.sources()}
    names = messages.error_names(trees.values())
    built = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in trees.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in names
        if call.args and isinstance(call.args[0], ast.JoinedStr)
    ]

    assert {"NotFound", "WeakPassword", "BadFile"} <= names
    assert built == []


def test_what_was_kept_in_english_is_shown_in_the_language_of_the_reader() -> None:
    """Reasons and errors in the database, quoted file names with a per cent sign and all."""
    template = gallery.environment().from_string("{{ kept|translated }}")
    i18n.use_language("de")

    assert template.render(kept="The file is empty.") == "Die Datei ist leer."
    assert template.render(kept="100% <b>") == "100% &lt;b&gt;"
    assert template.render(kept="") == ""


def test_german_counts_dates_and_numbers_as_germans_do() -> None:
    i18n.use_language("de")

    assert times.ago(NOW - timedelta(days=1, hours=3), NOW) == "Gestern"
    assert times.ago(NOW - timedelta(days=9), NOW) == "vor 9 Tagen"
    assert times.ago(NOW - timedelta(days=100), NOW) == "16. Aug. 2026"
    assert i18n.file_size(1536) == f"1,5{i18n.THIN_SPACE}KB"
    assert "24. November 2026" in times.full_date(NOW)
    assert i18n.ngettext("%(num)s file", "%(num)s files", 1) == "1 Datei"
