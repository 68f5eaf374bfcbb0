import pytest

from app.foundation.security.xml import BadXml, local_name, parse_xml

LAUGHS = (
    b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>"""
)


def test_elements_and_words_are_read() -> None:
    root = parse_xml(b"<ComicInfo><Series>Akira &amp; co</Series></ComicInfo>")

    assert root.findtext("Series") == "Akira & co"


@pytest.mark.parametrize(
    "document",
    [
        LAUGHS,
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]><x/>',
        b"<!DOCTYPE html><html/>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode(
            "utf-16"
        ),
    ],
)
def test_SEC45_any_document_type_is_refused(document: bytes) -> None:
    with pytest.raises(BadXml, match="document type"):
        parse_xml(document)


def test_SEC45_size_depth_and_number_are_capped() -> None:
    with pytest.raises(BadXml, match="larger"):
        parse_xml(b"<x>" + b"a" * 5_000_000 + b"</x>")
    with pytest.raises(BadXml, match="deep"):
        parse_xml(b"<x>" * 1000 + b"</x>" * 1000)
    with pytest.raises(BadXml, match="too many"):
        parse_xml(b"<x>" + b"<y/>" * 200_000 + b"</x>")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_utf_16_is_read_with_and_without_a_mark(encoding: str) -> None:
    document = '<?xml version="1.0" encoding="utf-16"?>\n<x><Series>潮騒</Series></x>'

    assert parse_xml(document.encode(encoding)).findtext("Series") == "潮騒"


def test_undeclared_namespaces_do_no_harm() -> None:
    root = parse_xml(b'<ci:ComicInfo xsi:odd="1"><ci:Series>Akira</ci:Series></ci:ComicInfo>')

    assert [local_name(child.tag) for child in root] == ["Series"]


@pytest.mark.parametrize("document", [b"", b"<x>", b"plain", b"<x>&undefined;</x>", b"\xff\xfe<"])
def test_what_is_not_well_formed_says_so(document: bytes) -> None:
    with pytest.raises(BadXml):
        parse_xml(document)
