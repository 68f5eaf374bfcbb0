"""Rules of our templates: whole without scripts, safe under the strict policy, translatable."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FILES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
# Words of HTML and of our own code: what may stand between two tags and is still no sentence.
NO_SENTENCE = re.compile(r"[\W\d_]*|(Bunko|文庫|CBZ|ZIP|MB)", re.I)


JINJA = Environment(
    loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True
)


@cache
def markup(name: str) -> str:
    """The template without its comments, which may show markup that is not there."""
    return re.sub(r"{#.*?#}", "", (TEMPLATES / name).read_text(), flags=re.S)


def with_includes(name: str) -> str:
    """The template with the fragments it includes by name in their places."""
    return re.sub(r'{%-?\s*include "([^"]+)"\s*-?%}', lambda m: with_includes(m[1]), markup(name))


def expressions_hidden(name: str) -> str:
    """Only the HTML: a Jinja expression cannot be an attribute or a tag."""
    return re.sub(r"{{.*?}}|{%.*?%}", "·", markup(name), flags=re.S)


@cache
def tree_of(name: str) -> nodes.Template:
    return JINJA.parse((TEMPLATES / name).read_text())


@cache
def exported(name: str) -> set[str]:
    """Names another template may import from this one."""
    tree = tree_of(name)
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    assigned = {
        node.target.name
        for node in tree.find_all((nodes.Assign, nodes.AssignBlock))
        if isinstance(node.target, nodes.Name)
    }
    return macros | assigned


@cache
def styled() -> set[str]:
    """Every class of the built style sheets."""
    sheets = "".join(path.read_text() for path in (TEMPLATES.parent / "static/dist").glob("*.css"))
    return set(re.findall(r"\.([a-z][\w-]*)", sheets))


def fixed_names(node: nodes.Expr) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value


@pytest.mark.parametrize("name", FILES)
def test_SEC28_templates_hold_no_inline_script_or_style(name: str) -> None:
    html = expressions_hidden(name)

    assert re.findall(r"<style", html, re.I) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", html, re.I) == []
    assert re.findall(r"<script[^>]*>[^<]*\S[^<]*</script>", html, re.I) == []
    assert re.findall(r"\sstyle\s*=", html, re.I) == []
    assert re.findall(r"\son[a-z]+\s*=", html, re.I) == []
    assert re.findall(r"\shx-on|\shx-vals\s*=\s*.js:|\shx-headers\s*=\s*.js:", html, re.I) == []
    assert re.findall(r"javascript:", html, re.I) == []


@pytest.mark.parametrize("name", FILES)
def test_SEC44_templates_never_call_text_safe(name: str) -> None:
    assert re.findall(r"\|\s*safe\b|autoescape\s+false|Markup\(", markup(name)) == []


@pytest.mark.parametrize("name", FILES)
def test_every_form_that_changes_something_carries_its_token(name: str) -> None:
    for form in re.findall(r"<form\b.*?</form>", with_includes(name), re.S | re.I):
        opening = form.partition(">")[0]
        if 'method="post"' in opening.lower():
            has_token = re.search(r"csrf\(\)|{{ csrf }}|{{ caller\(\) }}", form)
            assert has_token, f"{name}: {opening}"
        else:
            assert "csrf" not in form, f"{name}: a GET form must not put the token into an address"


@pytest.mark.parametrize("name", FILES)
def test_htmx_only_improves_what_works_as_a_plain_form_or_link(name: str) -> None:
    for tag in re.findall(r"<\w+[^>]*\shx-(?:get|post)=[^>]*>", markup(name)):
        # A named input asks while one types; the form around it asks the same by its button.
        is_typed = tag.startswith("<input") and " name=" in tag
        assert is_typed or re.search(r"\s(?:href|(?:form)?action|data-live)\b", tag), (
            f"{name}: {tag}"
        )
    assert not re.search(r"\shx-(?:put|patch|delete)=", markup(name)), name


@pytest.mark.parametrize("name", FILES)
def test_every_picture_has_a_text_alternative_and_fixed_size(name: str) -> None:
    for tag in re.findall(r"<img\b[^>]*>", markup(name)):
        assert " alt=" in tag, f"{name}: {tag}"
        assert " width=" in tag and " height=" in tag, f"{name}: {tag}"


@pytest.mark.parametrize("name", FILES)
def test_what_a_template_takes_from_another_is_there(name: str) -> None:
    for node in tree_of(name).find_all(
        (nodes.FromImport, nodes.Import, nodes.Include, nodes.Extends)
    ):
        for other in fixed_names(node.template):
            assert (TEMPLATES / other).is_file(), f"{name} needs {other}"
            if isinstance(node, nodes.FromImport):
                wanted = {one[0] if isinstance(one, tuple) else one for one in node.names}
                assert wanted <= exported(other), f"{name} takes from {other}"


@pytest.mark.parametrize("name", FILES)
def test_every_icon_that_is_named_is_drawn(name: str) -> None:
    drawn = exported("components/icons.html")
    for call in tree_of(name).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "icon" and call.args:
            assert set(fixed_names(call.args[0])) <= drawn, name


@pytest.mark.parametrize("name", FILES)
def test_every_word_a_person_reads_goes_through_gettext(name: str) -> None:
    blocks = re.sub(r"{%-?\s*trans\b.*?endtrans\s*-?%}", "·", markup(name), flags=re.S)
    html = re.sub(r"{{.*?}}|{%.*?%}", "·", blocks, flags=re.S)
    html = re.sub(r"<(svg|script|code|kbd|title)\b.*?</\1>", "·", html, flags=re.S)
    between = re.findall(r">([^<>]*)(?=<)", html)
    spoken = re.findall(r"\s(?:aria-label|placeholder|alt|title)=\"([^\"]*)\"", html)

    words = [text.strip(" ·\n") for text in between + spoken if '="' not in text]

    assert [text for text in words if not NO_SENTENCE.fullmatch(text)] == []


@pytest.mark.parametrize("name", FILES)
def test_every_class_is_in_a_style_sheet(name: str) -> None:
    html = re.sub(r"{%.*?%}", " ", markup(name), flags=re.S)
    html = re.sub(r"[\w-]*{{.*?}}[\w-]*", " ", html, flags=re.S)
    used = {word for words in re.findall(r'class="([^"]*)"', html) for word in words.split()}

    assert {word for word in used if re.match(r"[a-z]", word)} - styled() == set()


def test_SEC28_the_htmx_settings_leave_no_way_around_the_policy() -> None:
    document = markup("_document.html")

    assert '"includeIndicatorCSS":false' in document
    assert '"mode":"same-origin"' in document
    assert re.search(r"<script src=\"{{ static\(.*?\) }}\" defer></script>", document)
