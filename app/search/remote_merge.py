"""What several providers found, with one entry for what is one series."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from app.library.text import title_key
from app.providers.base import RemoteSeries
from app.providers.models import Provider

MOST_TITLES = 12
SITES = ("anilist", "mal", "mangaupdates", "kitsu")
"""Those whose ids mean one series each."""


class Hit(NamedTuple):
    provider: Provider
    series: RemoteSeries
    rank: int
    """Its place in the answer of its provider."""


class Merged:
    """Hits that are one series, the first provider's first."""

    def __init__(self, hit: Hit) -> None:
        self.hits: list[Hit] = []
        self.titles: set[str] = set()
        self.links: dict[str, str] = {}
        self.take(hit)

    def take(self, hit: Hit) -> None:
        self.hits.append(hit)
        self.titles.update(title_keys(hit.series))
        self.links = {**_links(hit.series), **self.links}

    @property
    def lead(self) -> Hit:
        return self.hits[0]

    @property
    def place(self) -> tuple[int, int]:
        """The better the place in any answer, and the more providers know it, the earlier."""
        return min(hit.rank for hit in self.hits), -len(self.hits)

    def is_of(self, hit: Hit) -> bool:
        """Ids of other sites decide where both have one; else a title, unless the years differ or
        this provider lists two of that name."""
        links = _links(hit.series)
        shared = [site for site in links if site in self.links]
        if shared:
            return any(links[site] == self.links[site] for site in shared)
        if any(other.provider.id == hit.provider.id for other in self.hits):
            return False
        years = {one.series.year for one in (*self.hits, hit)} - {None}
        is_near = not years or max(years) - min(years) <= 1  # type: ignore[operator,type-var]
        return is_near and not self.titles.isdisjoint(title_keys(hit.series))


def merged(answers: Iterable[tuple[Provider, Sequence[RemoteSeries]]]) -> list[Merged]:
    """The same order for the same answers, whoever answered first: `answers` come by priority."""
    found: list[Merged] = []
    by_key: dict[str, list[Merged]] = {}
    for hit in _hits(answers):
        keys = [
            *title_keys(hit.series),
            *(f"{site}:{id}" for site, id in _links(hit.series).items()),
        ]
        near = {id(one): one for key in keys for one in by_key.get(key, ())}
        same = next((one for one in near.values() if one.is_of(hit)), None)
        if same is None:
            found.append(same := Merged(hit))
        else:
            same.take(hit)
        for key in keys:
            if same not in (known := by_key.setdefault(key, [])):
                known.append(same)
    return sorted(found, key=lambda one: one.place)


def title_keys(series: RemoteSeries) -> set[str]:
    titles = [series.title, *(other.text for other in series.other_titles[:MOST_TITLES])]
    return {title_key(title) for title in titles if title}


def _hits(answers: Iterable[tuple[Provider, Sequence[RemoteSeries]]]) -> Iterator[Hit]:
    for provider, series_list in answers:
        for rank, series in enumerate(series_list):
            yield Hit(provider, series, rank)


def _links(series: RemoteSeries) -> dict[str, str]:
    return {site: series.links[site] for site in SITES if series.links.get(site)}
