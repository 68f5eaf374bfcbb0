"""Which addresses are of a catalogue, and how they are kept."""

from urllib.parse import urljoin, urlsplit

from app.foundation.security.text import clean_line
from app.providers.errors import NotThere, Unexpected

KEY = "{key}"


class Addresses:
    """Those below one root. A key that is part of them is never kept nor shown: `{key}` stands for it."""

    def __init__(self, url: str, key: str) -> None:
        self._key = key if KEY in url else ""
        self.root = self.shown(url)
        parts = urlsplit(self.root)
        self._start = f"{parts.scheme}://{parts.netloc}"

    def own(self, address: str, where: str = "") -> str:
        """An address of this catalogue. Without `where`, on which it was written, whatever else stands
        here came from somebody's address bar."""
        try:
            url = urljoin(where or self.root, self.shown(address))
        except ValueError:
            url = ""
        if self.is_own(url):
            return url
        if where:
            raise self.elsewhere(url)
        raise NotThere("This catalogue has no such series or chapter.")

    def elsewhere(self, url: str) -> Unexpected:
        parts = urlsplit(url)
        return Unexpected(
            "This catalogue leads to %(address)s, which is not the address that is set for it.",
            address=clean_line(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", 100),
        )

    def is_own(self, url: str) -> bool:
        try:
            parts, root = urlsplit(url), urlsplit(self.root)
            found = (parts.scheme, parts.hostname, parts.port, parts.username)
        except ValueError:
            return False
        return found == (root.scheme, root.hostname, root.port, None)

    def id(self, url: str) -> str:
        """Short, and good after the catalogue has moved to another host."""
        own = url.startswith(f"{self._start}/")
        return self.hidden(url.removeprefix(self._start) if own else url)

    def hidden(self, url: str) -> str:
        return url.replace(self._key, KEY) if self._key else url

    def shown(self, url: str) -> str:
        return url.replace(KEY, self._key) if self._key else url
