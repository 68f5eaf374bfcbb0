"""Drivers by name, and options from words."""

import pytest

from app.errors import Invalid
from app.foundation.http import LocalPace
from app.providers import registry
from app.providers.drivers.komga import KomgaOptions
from app.providers.drivers.mangadex import MangaDex, MangaDexOptions
from app.providers.forms import fields_of


def test_options_come_from_the_command_line_as_words() -> None:
    options = registry.read_options(
        "mangadex",
        {"api": "http://nas.lan:4000", "data_saver": "true", "content_ratings": "safe, suggestive",
         "requests_per_second": "2.5"},
    )  # fmt: skip

    assert options == MangaDexOptions(
        api="http://nas.lan:4000",
        data_saver=True,
        content_ratings=["safe", "suggestive"],
        requests_per_second=2.5,
    )


@pytest.mark.parametrize(
    ("driver", "given", "said"),
    [
        ("nonsense", {}, "There are: komga, mangadex, opds"),
        ("mangadex", {"colour": "red"}, "no option “colour”"),
        (
            "mangadex",
            {"data_saver": "perhaps"},
            "option “data_saver” of mangadex is wrong: expected",
        ),
        ("opds", {"url": "http://x", "api_key_header": "two words"}, "option “api_key_header”"),
        ("mangadex", {"api": "ftp://x"}, "api should be an address"),
        ("mangadex", {"api": "http://name:secret@x"}, "api should be an address"),
        ("komga", {}, "url"),
        ("komga", {"url": "javascript:alert(1)"}, "url should be an address"),
    ],
)
def test_what_is_wrong_is_said_by_name(driver: str, given: dict[str, str], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        registry.read_options(driver, given)


async def test_a_provider_is_made_of_its_driver() -> None:
    provider = registry.open_driver("mangadex", MangaDexOptions(), LocalPace())
    try:
        assert isinstance(provider, MangaDex)
    finally:
        await provider.out.aclose()


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("", "Bunko/0.1.0 (self-hosted manga library)"),
        ("me@home.example", "(self-hosted manga library; +me@home.example)"),
    ],
)
async def test_who_is_asked_is_told_by_whom_and_where_to_write(contact, said) -> None:
    options = MangaDexOptions(contact=contact)

    provider = registry.open_driver("mangadex", options, LocalPace())

    assert provider.out._client.headers["user-agent"].endswith(said)
    await provider.out.aclose()


@pytest.mark.parametrize("contact", ["two words", "line\r\nX-Evil: 1", "(brackets)", "日本"])
def test_what_no_header_can_carry_is_no_contact(contact: str) -> None:
    with pytest.raises(Invalid, match="contact"):
        registry.read_options("mangadex", {"contact": contact})


@pytest.mark.parametrize(
    ("text", "port"),
    [("nas.lan:4000", ("nas.lan", 4000)), ("NAS.lan:80", ("nas.lan", 80)),
     ("[fd00::2]:443", ("fd00::2", 443)), (" 10.0.0.2:1 ", ("10.0.0.2", 1))],
)  # fmt: skip
def test_a_host_and_port(text: str, port: tuple[str, int]) -> None:
    assert registry.parse_port(text) == port


@pytest.mark.parametrize(
    "text", ["", "nas.lan", "nas.lan:", ":80", "nas.lan:99999", "a b:80x", "u@nas:80", "nas:80/x"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(Invalid, match=r"such as nas\.lan:4000"):
        registry.parse_port(text)


def test_a_form_asks_for_each_option_by_its_kind() -> None:
    kinds = {one.name: one.kind for one in fields_of("mangadex")}
    assert kinds["option_requests_per_second"] == "number"
    assert (kinds["option_api"], kinds["option_data_saver"]) == ("address", "switch")
    kinds = {one.name: one.kind for one in fields_of("komga")}
    assert (kinds["option_libraries"], kinds["option_api_key"]) == ("list", "secret")


def test_a_plug_in_does_not_replace_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        def __init__(self, name: str, value: str) -> None:
            self.name, self.value = name, value

    entries = [Entry("komga", "evil:Komga"), Entry("mine", "app.providers.drivers.komga:Komga")]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)
    registry.driver_names.cache_clear()
    try:
        assert registry.driver_names()["komga"] == registry.OURS["komga"]
        assert registry.driver("mine").options_type is KomgaOptions
    finally:
        registry.driver_names.cache_clear()
