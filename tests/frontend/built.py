"""The built files, for the tests about them."""

from collections.abc import Iterator
from pathlib import Path

import tinycss2
import tinycss2.ast

from app.foundation.web.static import DIST, StaticFiles

SHEETS = ("css/app.css", "css/reader.css")
STATIC = DIST.parent


def built(name: str) -> Path:
    return DIST / StaticFiles().names[name]


def rules(nodes: list[tinycss2.ast.Node]) -> Iterator[tinycss2.ast.Node]:
    """Every rule, also those inside @media and @supports."""
    for node in nodes:
        yield node
        if (
            node.type == "at-rule"
            and node.content
            and node.lower_at_keyword in ("media", "supports")
        ):
            yield from rules(tinycss2.parse_rule_list(node.content, True, True))


def sheet_rules(name: str) -> list[tinycss2.ast.Node]:
    text = built(name).read_text()
    return list(rules(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)))


def declarations(rule: tinycss2.ast.QualifiedRule) -> dict[str, str]:
    parsed = tinycss2.parse_declaration_list(rule.content, True, True)
    return {
        one.lower_name: tinycss2.serialize(one.value).strip()
        for one in parsed
        if one.type == "declaration"
    }


def selector(rule: tinycss2.ast.QualifiedRule) -> str:
    return str(tinycss2.serialize(rule.prelude)).strip()
