"""What the orders, filters and looks of a shelf are called."""

from app.browsing.facets import Facet
from app.browsing.wish import Age, Density, Format, Only, ReadState, Sort, View
from app.foundation.web.i18n import _
from app.library.models import SeriesStatus
from app.library.words import status_name


def state_names() -> dict[ReadState, str]:
    return {
        ReadState.UNREAD: _("Unread"),
        ReadState.READING: _("In progress"),
        ReadState.COMPLETED: _("Completed"),
    }


def sort_names() -> dict[Sort, str]:
    return {
        Sort.TITLE: _("Title"),
        Sort.ADDED: _("Recently added"),
        Sort.UPDATED: _("Recently updated"),
        Sort.READ: _("Last read"),
        Sort.UNREAD: _("Unread chapters"),
        Sort.YEAR: _("Year"),
        Sort.RANDOM: _("Random"),
    }


def facet_names() -> dict[Facet, str]:
    return {
        Facet.GENRE: _("Genre"),
        Facet.TAG: _("Tag"),
        Facet.PERSON: _("Person"),
        Facet.LANGUAGE: _("Language"),
    }


def status_names() -> dict[SeriesStatus, str]:
    return {status: status_name(status) for status in SeriesStatus}


def age_names() -> dict[Age, str]:
    return {
        Age.EVERYBODY: _("Under 10"),
        Age.TEN: "10–12",
        Age.THIRTEEN: "13–15",
        Age.SIXTEEN: "16–17",
        Age.ADULT: _("18 and over"),
        Age.UNRATED: _("Not rated"),
    }


def format_names() -> dict[Format, str]:
    return {Format.ZIP: "CBZ", Format.TAR: "CBT", Format.FOLDER: _("Folder of images")}


def only_names() -> dict[Only, str]:
    return {
        Only.FAVOURITES: _("Favourites"),
        Only.MISSING: _("Missing files"),
        Only.PROBLEMS: _("Problems"),
    }


def view_names() -> dict[View, str]:
    return {View.GRID: _("Covers"), View.LIST: _("List")}


def density_names() -> dict[Density, str]:
    return {
        Density.ROOMY: _("Large covers"),
        Density.NORMAL: _("Covers"),
        Density.DENSE: _("Small covers"),
    }
