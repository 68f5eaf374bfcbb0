"""The sample screens: every component with believable content and no server.

    .venv/bin/python tests/frontend/gallery.py OUT [--art DIR] [--shots]

writes one HTML file per screen and theme into OUT. `--art` names a folder of cover pictures to show
(any names; `page-1.*` is the reader's page); `--shots` takes pictures at 1280, 360 and 600x800.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.foundation.web import i18n, times
from app.foundation.web.static import StaticFiles

ROOT = Path(__file__).resolve().parents[2]
SCREENS = tuple(sorted(path.stem for path in (ROOT / "tests/frontend/gallery").glob("*.html")))
THEMES = ("light", "dark", "sepia", "e-ink", "auto")
VIEWS = (
    ("1280", 1280, 900, ("light", "dark")),
    ("360", 360, 780, ("light", "dark")),
    ("eink", 600, 800, ("e-ink",)),
    ("320", 320, 700, ("sepia",)),
)
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DECODE = """Promise.all([...document.images].filter(i => i.loading !== "lazy")
    .map(i => i.decode().catch(() => 0)))"""
TITLES = (
    ("潮騒の図書館", "ja"),
    ("狐火プロトコル", "ja"),
    ("Third Floor, Garden Side", "en"),
    ("灯台守と七つの嘘", "ja"),
    ("Кот и обсерватория", "ru"),
    ("Der Uhrmacher von Ebbe", "de"),
    ("終点まで、あと三駅", "ja"),
    ("달빛 수선집", "ko"),
    ("竜胆クロニクル", "ja"),
    ("Les Ombres du Tramway 9", "fr"),
    ("月面パン工房", "ja"),
    ("Ink for Ghosts", "en"),
    ("夜市飛魚", "zh"),
    ("مكتبة المطر", "ar"),
    ("Turbine Girls", "en"),
    ("砂時計の街", "ja"),
)


@cache
def environment() -> Environment:
    folders = [
        FileSystemLoader(ROOT / "templates"),
        FileSystemLoader(ROOT / "tests/frontend/gallery"),
    ]
    made = Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        loader=ChoiceLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
    )
    i18n.install(made)
    times.install(made)
    return made


def context(theme: str, art: Path | None = None, lang: str = "en") -> dict[str, object]:
    """What the server gives every screen, and the samples."""
    place = SimpleNamespace
    return {
        "person": place(name="alice"),
        "theme": theme,
        "text_size": 100,
        "reduced_motion": False,
        "lang": lang,
        "path": "/",
        "banner_insecure": False,
        "nav": [
            place(label="Home", href="/", icon="home", count=None, current=True),
            place(label="Manga", href="/libraries/1", icon="shelf", count=1284, current=False),
            place(label="Comics", href="/libraries/2", icon="shelf", count=96, current=False),
        ],
        "nav_admin": [
            place(
                label="Libraries", href="/admin/libraries", icon="folder", count=None, current=False
            ),
            place(label="Jobs", href="/admin/jobs", icon="clock", count=2, current=False),
        ],
        "flashes": [],
        "csrf": lambda: Markup('<input type="hidden" name="csrf_token" value="t">'),
        "static": StaticFiles(base_url=(ROOT / "static").as_uri()).url,
        "sample": sample(art),
    }


def sample(art: Path | None) -> SimpleNamespace:
    pictures = sorted(path.resolve().as_uri() for path in art.iterdir()) if art else []
    pages = [url for url in pictures if "/page-" in url]
    covers = [url for url in pictures if url not in pages] or [""]
    works = [
        SimpleNamespace(
            href="/series/1",
            cover=covers[n % len(covers)],
            large_cover=covers[n % len(covers)],
            title=title,
            language=lang,
            lang=lang,
            dir="rtl" if lang == "ar" else "",
            unread=(0, 5, 17, 1)[n % 4],
            done=n % 4 == 0,
            read=(0, 9, 0, 2)[n % 4],
            positions=14,
            meta=f"ch. {n} / 14",
            chapter="Ch. 13 · The ninth wave",
            page=n * 7 + 4,
            pages=30,
            when="Yesterday",
        )
        for n, (title, lang) in enumerate(TITLES * 2)
    ]
    return SimpleNamespace(
        covers=works[:28],
        now=works[:3],
        page=pages[0] if pages else "",
        moment=datetime.now(UTC) - timedelta(days=16),
        summary="Twice a day the sea comes in under the pier "
        "and opens a library that no map admits to. " * 6,
    )


def rendered(art: Path | None = None) -> Iterator[tuple[str, str, str]]:
    """(screen, theme, HTML) for every screen in every theme."""
    made = environment()
    for theme in THEMES:
        values = context(theme, art)
        for screen in SCREENS:
            yield screen, theme, made.get_template(f"{screen}.html").render(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--art", type=Path)
    parser.add_argument("--shots", action="store_true")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for screen, theme, text in rendered(asked.art):
        (asked.out / f"{screen}-{theme}.html").write_text(text)
    if asked.shots:
        take_pictures(asked.out)


def take_pictures(out: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM)
        )
        for name, width, height, themes in VIEWS:
            page = browser.new_page(viewport={"width": width, "height": height})
            for theme in themes:
                for screen in SCREENS:
                    page.goto((out / f"{screen}-{theme}.html").resolve().as_uri())
                    page.evaluate(DECODE)
                    page.screenshot(path=out / f"{screen}-{name}-{theme}.png")
        browser.close()


if __name__ == "__main__":
    main()
