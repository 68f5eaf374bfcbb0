"""What readers are told, gathered for its translators.

    .venv/bin/python deploy/messages.py            bring every catalogue in app/locales up to date
    .venv/bin/python deploy/messages.py --check    exit 1 when one lacks a sentence or breaks one

A catalogue holds no places, no dates and no leftovers, and is sorted, so that two people who add
sentences rarely meet in it. To begin a language: mkdir -p app/locales/CODE/LC_MESSAGES, touch
bunko.po in it, and run this.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
LOCALES = APP / "locales"
TEMPLATE_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
WORDS = {"_": 1, "gettext": 1, "lazy_gettext": 1, "LazyText": 1, "Sentence": 1, "ngettext": 2}
ERRORS = {"DomainError", "OutboundError", "ProviderError"} | {
    *("BadChapter", "BadPages", "ListChanged", "NoPlace", "PageLost")
}
"""And every kind of them: what they say is kept and shown to readers."""
NOT_FOR_READERS = ("api", "cli", "demo", "locales", "commands.py", "config.py")
"""Whoever sits at a terminal, or writes a program, reads English."""
SENTENCE = re.compile(r"[A-Z“%].* .*[.?!]", re.DOTALL)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")

type Text = str | tuple[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description="Gather what readers are told.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    asked = parser.parse_args()
    texts = gathered()
    wrong: list[str] = []
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/bunko.po")):
        if asked.check:
            wrong += faults(path, texts)
        else:
            update(path, texts)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def gathered() -> set[Text]:
    return {*_in_templates(), *_in_code()}


def faults(path: Path, texts: set[Text]) -> Iterator[str]:
    """What is not translated, or has other placeholders than its source. What nobody says any more
    does no harm: the next gathering drops it."""
    language = path.parent.parent.name
    known = {message.id: message for message in _read(path) if message.id}
    for text in sorted(texts - known.keys(), key=_order):
        yield f"{language} lacks: {_shown(text)}"
    for text in sorted(texts & known.keys(), key=_order):
        yield from (f"{language}: {_shown(text)}: {fault}" for fault in _wrong(known[text]))


def _wrong(message: Message) -> Iterator[str]:
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    wanted = {name for source in sources for name in PLACEHOLDER.findall(source)}
    for said in message.string if isinstance(message.string, tuple) else (message.string,):
        found = set(PLACEHOLDER.findall(said))
        if not said:
            yield "not translated"
        elif (
            found - wanted
            or (wanted - found) - {"num"}
            or (wanted != found and not message.pluralizable)
        ):
            yield f"other placeholders in “{said}”"
        elif re.search(r"%(?!%|\()", said) and PLACEHOLDER.search(said):
            yield f"a per cent sign is written %% in “{said}”"


def update(path: Path, texts: set[Text]) -> None:
    language = path.parent.parent.name
    known = {message.id: message.string for message in _read(path)}
    fresh = Catalog(locale=language, project="Bunko", fuzzy=False, header_comment="")
    for text in texts:
        fresh.add(text, known.get(text))
    written = BytesIO()
    write_po(written, fresh, width=0, no_location=True, omit_header=True, sort_output=True)
    path.write_bytes(_header(fresh) + written.getvalue())


def _header(catalogue: Catalog) -> bytes:
    lines = [
        f"Language: {catalogue.locale_identifier}",
        f"Plural-Forms: {catalogue.plural_forms}",
        "Content-Type: text/plain; charset=utf-8",
    ]
    quoted = "".join(f'"{line}\\n"\n' for line in lines)
    return f'msgid ""\nmsgstr ""\n{quoted}\n'.encode()


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.parent.parent.name)


def _order(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


def _shown(text: Text) -> str:
    return _order(text)


def _in_templates() -> Iterator[Text]:
    options = {"**.html": TEMPLATE_OPTIONS}
    found = extract_from_dir(ROOT / "templates", [("**.html", "jinja2")], options)
    for _name, _line, message, _comments, _context in found:
        yield message if isinstance(message, str) else (message[0], message[1])


def _in_code() -> Iterator[Text]:
    trees = [ast.parse(path.read_text()) for path in sources()]
    errors = error_names(trees)
    for tree in trees:
        yield from _called(tree, errors)
        yield from _constants(tree)


def sources() -> list[Path]:
    return [
        path
        for path in sorted(APP.rglob("*.py"))
        if not {*path.relative_to(APP).parts} & {*NOT_FOR_READERS}
    ]


def error_names(trees: Iterable[ast.Module]) -> set[str]:
    """Every kind of them: the first argument is translated where it is shown."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {*ERRORS}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found | {"__init__"}


def _called(tree: ast.Module, errors: set[str]) -> Iterator[Text]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
        count = WORDS.get(name) or (1 if name in errors else 0)
        texts = [arg.value for arg in node.args[:count] if _is_text(arg)]
        if count == 2 and len(texts) == 2:
            yield (texts[0], texts[1])
        elif count == 1 and texts and texts[0]:
            yield texts[0]


def _constants(tree: ast.Module) -> Iterator[str]:
    """Sentences that a module holds ready: reasons that are kept in the database in English."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            for node in ast.walk(statement.value):
                if _is_text(node) and SENTENCE.fullmatch(node.value):
                    yield node.value


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


if __name__ == "__main__":
    sys.exit(main())
