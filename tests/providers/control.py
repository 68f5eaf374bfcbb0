"""The page by which a fake is made to fail, to recover, and to release chapters: `/_control`.

Each button is a POST that scripts may send as well; `/_control/counts` says in JSON what was asked.
"""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import parse_qs

from tests.providers.fake_mangadex import ROUTES, FakeMangaDex
from tests.providers.faking import Answer, Asked, answer_with, read_request
from tests.providers.mischief import KINDS

HTML = {"content-type": "text/html; charset=utf-8"}
BACK = Answer(303, b"", {"location": "/_control"})


class Controlled:
    """A fake with its control page. What is asked of the page is not counted, and never fails."""

    def __init__(self, fake: FakeMangaDex, release: Callable[[], str]) -> None:
        self.fake, self.release = fake, release
        self.released: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        first = scope["path"].strip("/").partition("/")[0]
        if first not in ("", "_control", "title", "chapter"):
            await self.fake(scope, receive, send)
            return
        asked = await read_request(scope, receive)
        await answer_with(self._answer(asked), receive, send)

    def _answer(self, asked: Asked) -> Answer:
        form = parse_qs(asked.body.decode())
        match (asked.method, asked.path.strip("/").split("/")):
            case ("GET", ["_control", "counts"]):
                return Answer(body=self._counts())
            case ("GET", ["title" | "chapter", id]):
                return Answer(200, self._site(id), HTML)
            case ("GET", _):
                return Answer(200, self._page(), HTML)
            case ("POST", ["_control", "trouble"]):
                return self._trouble(form)
            case ("POST", ["_control", "recover"]):
                self.fake.recover()
            case ("POST", ["_control", "shrink"]):
                self.fake.is_shrinking = True
            case ("POST", ["_control", "release"]):
                self.released.append(self.release())
            case ("POST", ["_control", "forget"]):
                self.fake.counts.clear()
            case _:
                return Answer(404)
        return BACK

    def _trouble(self, form: dict[str, list[str]]) -> Answer:
        kind, route = form.get("kind", [""])[0], form.get("route", [""])[0]
        times = form.get("times", [""])[0]
        if kind not in KINDS or route not in ("", *ROUTES) or not (times.isdigit() or not times):
            return Answer(422, b"kind, route (or none) and times (or none)")
        self.fake.trouble(kind, route, int(times) if times else None)
        return BACK

    def _counts(self) -> dict[str, dict[str, int]]:
        return {
            route or "all": {
                "total": count.total,
                "highest_rate": count.highest_rate,
                "most_open": count.most_open,
            }
            for route, count in self.fake.counts.items()
        }

    def _site(self, id: str) -> bytes:
        named = [one.titles["en"] for one in self.fake.series if one.id == id]
        words = escape(named[0] if named else "A chapter")
        return f"<!doctype html><title>{words}</title><h1>{words}</h1><p>Of the sample.".encode()

    def _page(self) -> bytes:
        kinds = "".join(f"<option>{kind}</option>" for kind in KINDS)
        routes = "".join(f"<option>{route}</option>" for route in ROUTES)
        troubles = [
            f"{one.kind} on {one.route or 'everything'}"
            + ("" if one.left is None else f", {one.left} times more")
            for one in self.fake.troubles
        ]
        troubles += ["a list of pages that shrinks"] if self.fake.is_shrinking else []
        rows = "".join(
            f"<tr><td>{route}<td>{count['total']}<td>{count['highest_rate']}<td>{count['most_open']}"
            for route, count in self._counts().items()
        )
        return PAGE.format(
            now="; ".join(troubles) or "answers as it should",
            series=len(self.fake.series),
            chapters=sum(len(one.chapters) for one in self.fake.series),
            released=escape(self.released[-1]) if self.released else "none yet",
            kinds=kinds,
            routes=routes,
            rows=rows,
        ).encode()


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The sample provider</title>
<style>body{{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em}}form{{margin:.5em 0}}
button,select,input{{font:inherit;padding:.3em .6em}}td,th{{padding:0 1.5em 0 0;text-align:left}}</style>
<h1>The sample provider</h1>
<p>{series} series, {chapters} chapters. Now: <b>{now}</b>.</p>
<form method="post" action="/_control/trouble">
<label>Fail with <select name="kind">{kinds}</select></label>
<label>on <select name="route"><option value="">everything</option>{routes}</select></label>
<label>times <input name="times" size="4" placeholder="always"></label> <button>Fail</button></form>
<form method="post" action="/_control/shrink"><button>Let lists of pages shrink</button></form>
<form method="post" action="/_control/recover"><button>Recover</button></form>
<form method="post" action="/_control/release"><button>Release a chapter</button> last one: {released}</form>
<h2>What was asked</h2>
<table><tr><th>Route<th>Requests<th>Most in a second<th>Most at once{rows}</table>
<form method="post" action="/_control/forget"><button>Count anew</button></form>
"""
