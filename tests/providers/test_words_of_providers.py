"""What providers write in words of their own: numbers, languages, moments, addresses of sites."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.providers.languages import is_wanted, language_in
from app.providers.moments import day_in, in_utc, moment_in
from app.providers.numbers import pages_in, volume_in_title
from app.providers.sites import links_in


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        *(("en", "en"), ("pt_br", "pt-BR"), ("ZH-hans-cn", "zh-Hans-CN"), ("es-419", "es-419")),
        *(("eng", "en"), ("jpn", "ja"), ("deu-AT", "de-AT"), ("fil", "fil"), (" fr ", "fr")),
        *(("und", None), ("", None), (None, None), ("English", None), ("e\x00", None)),
        *(("<b>", None), ("en-" + "x" * 40, None), ("日本語", None)),
    ],
)
def test_a_language(text, tag) -> None:
    assert language_in(text) == tag


@pytest.mark.parametrize(
    ("language", "wanted", "is_so"),
    [("en-GB", {"en"}, True), ("en", {"en-GB"}, False), (None, {"en"}, True), ("fr", {"en"}, False),
     ("fr", set(), True)],
)  # fmt: skip
def test_whoever_wants_a_language_is_content_with_one_of_its_kinds(language, wanted, is_so) -> None:
    assert is_wanted(language, frozenset(wanted)) is is_so


@pytest.mark.parametrize(
    ("title", "volume"),
    [("Iron Lantern v03", 3), ("Vol. 2.5 - Rain", Decimal("2.5")), ("Volume 12", 12),
     ("Velvet 3", None), ("Lantern 3", None), ("v" + "9" * 9, None)],
)  # fmt: skip
def test_a_volume_in_a_title(title, volume) -> None:
    assert volume_in_title(title) == volume


@pytest.mark.parametrize(("count", "pages"), [(None, None), (0, None), (-1, None), (20, 20),
                                              (10**12, None)])  # fmt: skip
def test_a_number_of_pages(count, pages) -> None:
    assert pages_in(count) == pages


def test_a_moment_has_its_zone_or_is_none() -> None:
    assert moment_in("2026-01-01T00:00:00") is None
    assert moment_in("2026-01-01T00:00:00Z") == datetime(2026, 1, 1, tzinfo=UTC)
    assert in_utc(datetime(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)
    assert day_in("2026-01-01") == day_in("2026-01-01T05:00:00") == datetime(2026, 1, 1, tzinfo=UTC)
    for beyond in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00"):
        assert moment_in(beyond) is in_utc(datetime.fromisoformat(beyond)) is None
    assert day_in("soon") is None and day_in(None) is None and in_utc(None) is None


def test_sites_are_known_by_their_addresses() -> None:
    links = links_in(
        [
            "https://anilist.co/manga/30002/Berserk/",
            "http://www.myanimelist.net/manga/2",
            "https://kitsu.io/manga/iron-lantern",
            "https://www.mangaupdates.com/series/njeqwry/iron-lantern",
            "https://www.anime-planet.com/manga/iron-lantern",
            "https://anilist.co/manga/5",
            "https://anilist.co.evil.example/manga/6",
            "javascript:alert(1)",
            "",
        ]
    )

    assert links == {
        "anilist": "30002",
        "mal": "2",
        "kitsu": "iron-lantern",
        "mangaupdates": "njeqwry",
        "anime-planet": "iron-lantern",
    }
