"""What the options of drivers are called, and what they are for. Options of plug-ins that use the
same names are explained as well; others go by their own name."""

from typing import NamedTuple

from app.foundation.web.i18n import LazyText, lazy_gettext


class Words(NamedTuple):
    label: LazyText | str
    help: LazyText | str = ""


KNOWN: dict[str, Words] = {
    "url": Words(
        lazy_gettext("Address"), lazy_gettext("Where it is, such as http://nas.lan:25600.")
    ),
    "api": Words(
        lazy_gettext("Address of its interface"),
        lazy_gettext("Where searches and lists are asked for."),
    ),
    "uploads": Words(
        lazy_gettext("Address of its covers"), lazy_gettext("Where covers come from.")
    ),
    "report": Words(
        lazy_gettext("Address for reports"),
        lazy_gettext("Where Bunko says, as everyone is asked to, how each picture came."),
    ),
    "site": Words(
        lazy_gettext("Address of its site"), lazy_gettext("Only for links that people follow.")
    ),
    "api_key": Words(lazy_gettext("API key"), lazy_gettext("Instead of a name and a password.")),
    "api_key_header": Words(
        lazy_gettext("Header that the key goes in"),
        lazy_gettext("Where it is no part of the address."),
    ),
    "name": Words(lazy_gettext("Name to sign in with")),
    "user": Words(lazy_gettext("Name to sign in with")),
    "username": Words(lazy_gettext("Name to sign in with")),
    "password": Words(lazy_gettext("Password")),
    "libraries": Words(
        lazy_gettext("Libraries"),
        lazy_gettext("Names of those that may be searched, with commas; none is all."),
    ),
    "content_ratings": Words(
        lazy_gettext("Ratings of content"),
        lazy_gettext(
            "Which of safe, suggestive, erotica and pornographic it may find, with commas."
        ),
    ),
    "excluded_groups": Words(
        lazy_gettext("Groups to leave out"), lazy_gettext("Their ids there, with commas.")
    ),
    "data_saver": Words(
        lazy_gettext("Smaller pictures"), lazy_gettext("Saves data; pages are less sharp.")
    ),
    "requests_per_second": Words(
        lazy_gettext("Requests per second"),
        lazy_gettext("Of all workers together. More than the provider allows gets you shut out."),
    ),
    "contact": Words(
        lazy_gettext("Where you can be reached"),
        lazy_gettext(
            "An address on the web or of mail, said with every question; it asks programs for one."
        ),
    ),
    "port_443": Words(
        lazy_gettext("Only picture servers at port 443"), lazy_gettext("For a strict firewall.")
    ),
}


def words_of(option: str) -> Words:
    return KNOWN.get(option) or Words(option.replace("_", " ").capitalize())
