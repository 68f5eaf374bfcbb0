"""What a screen holds, read from its markup."""

from html.parser import HTMLParser


class Screen(HTMLParser):
    """`links` are the addresses of <a>, `actions` those of forms that POST, `text` the words."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.actions: list[str] = []
        self.covers: list[str] = []
        self.ids: list[str] = []
        self._words: list[str] = []
        self.feed(markup)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "a" and said.get("href"):
            self.links.append(said["href"] or "")
        if tag == "form" and said.get("method") == "post":
            self.actions.append(said.get("action") or "")
        if tag == "img" and said.get("src"):
            self.covers.append(said["src"] or "")
        if said.get("id"):
            self.ids.append(said["id"] or "")

    def handle_data(self, data: str) -> None:
        self._words.append(data)


async def dead_ends(browser, screen: Screen, known: set[str] | None = None) -> list[str]:
    """Addresses on the screen that lead nowhere, but for the `known`, which grow by what was
    followed. Forms are sent without their token: a route that exists refuses that (403), and
    nothing changes."""
    known = set() if known is None else known
    dead = []
    links = {link for link in screen.links if not link.startswith("#")} - known
    known |= links
    for link in sorted(links):
        answer = await browser.get(link)
        if answer.status_code >= 400:
            dead.append(f"{answer.status_code} {link}")
    for action in sorted(set(screen.actions)):
        answer = await browser.client.post(action)
        if answer.status_code != 403:
            dead.append(f"{answer.status_code} {action}")
    return dead
