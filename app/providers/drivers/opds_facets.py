"""The facets of a catalogue as filters: links that lead from a list to a part of it, or to another order
of it (OPDS 1.2, "Facets"; OPDS 2.0, 2.4)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from app.providers.base import Filter, FilterChoice
from app.providers.drivers.opds_feeds import Facet, Feed
from app.providers.errors import NotOffered

PREFIX = "facet_"
"""A group is called what its catalogue likes: none of them is a filter that others have as well."""
MOST_GROUPS, MOST_CHOICES, LONGEST = 12, 400, 60


def filters_of(facets: Sequence[Facet]) -> list[Filter]:
    """Of one group only one holds: the one that is active, or none."""
    groups: dict[str, list[Facet]] = {}
    for one in facets:
        groups.setdefault(_name(one), []).append(one)
    return [_filter(name, those) for name, those in [*groups.items()][:MOST_GROUPS]]


async def narrowed(
    feed: Feed,
    filters: Mapping[str, Sequence[str]],
    follow: Callable[[Feed, str], Awaitable[Feed]],
) -> Feed:
    """By one facet after another: each leads to a part of what those before it left. A list that is
    not narrowed as was wished is none."""
    chosen = [(name, titles[0]) for name, titles in filters.items() if name.startswith(PREFIX)]
    for name, title in chosen:
        facet = _facet_in(feed, name, title)
        if facet is None:
            raise NotOffered("This catalogue cannot narrow this list by “%(facet)s”.", facet=title)
        if not facet.is_active:
            feed = await follow(feed, facet.href)
    # Whether a facet holds need not be said; where it is said of one, it is of all.
    if any(one.is_active for one in feed.facets):
        for name, title in chosen:
            if (facet := _facet_in(feed, name, title)) and not facet.is_active:
                raise NotOffered(
                    "This catalogue cannot narrow a list by “%(facet)s” and something else.",
                    facet=title,
                )
    return feed


def _facet_in(feed: Feed, name: str, title: str) -> Facet | None:
    return next((one for one in feed.facets if _name(one) == name and one.title == title), None)


def _name(facet: Facet) -> str:
    fits = (one if f"_{one}".isidentifier() else "_" for one in facet.group.casefold())
    return PREFIX + "".join(fits)[:LONGEST]


def _filter(name: str, facets: Sequence[Facet]) -> Filter:
    titles = dict.fromkeys(one.title for one in facets)
    usual = next((one.title for one in facets if one.is_active), None)
    # Nothing chosen is a choice of its own where none is active by itself.
    first = FilterChoice("") if usual is None else FilterChoice(usual, usual)
    others = [FilterChoice(title, title) for title in titles if title != usual]
    return Filter(
        name=name, label=facets[0].group, choices=[first, *others[:MOST_CHOICES]], is_one=True
    )
