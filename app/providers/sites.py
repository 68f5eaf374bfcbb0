"""Sites that describe series, by the addresses that people write down."""

import re
from collections.abc import Iterable

LONGEST = 500
_SITES = {
    site: re.compile(rf"https?://(?:www\.)?{place}", re.ASCII)
    for site, place in {
        "anilist": r"anilist\.co/manga/(\d+)",
        "mal": r"myanimelist\.net/manga/(\d+)",
        "kitsu": r"kitsu\.(?:app|io)/manga/([\w-]+)",
        "mangaupdates": r"mangaupdates\.com/series(?:\.html\?id=|/)([\w-]+)",
        "anime-planet": r"anime-planet\.com/manga/([\w-]+)",
    }.items()
}


def links_in(addresses: Iterable[str]) -> dict[str, str]:
    """The name of each site and the id there, the first of a site; what is no such address is none."""
    found: dict[str, str] = {}
    for address in addresses:
        for site, pattern in _SITES.items():
            if known := pattern.match(address[:LONGEST]):
                found.setdefault(site, known[1])
    return found
