"""Addresses and sentences of the screens that ask providers."""

from collections.abc import Sequence
from uuid import UUID

from litestar import Litestar
from litestar_htmx import HTMXRequest

from app.foundation.security.signing import Signer
from app.foundation.web.i18n import _, ngettext, number
from app.library.words import language_name, plain, status_name
from app.providers.base import RemoteChapter, RemoteSeries
from app.providers.models import Health, Provider
from app.search.discover import Line
from app.search.discover_preview import Choice, Listing, series_url

OFFERED = ("en", "ja", "fr", "de", "es", "es-419", "pt-BR", "it", "ru", "pl", "id", "vi", "th",
           "ko", "zh-Hans", "zh-Hant", "ar", "tr", "uk")  # fmt: skip
"""What manga is mostly read in; a language beyond these can be asked for by its address."""
MOST_GROUPS, MOST_IN_MENU = 3, 40
A_MOMENT = 0.05
LONGEST_ADDRESS = 4000


class Words:
    """For templates."""

    def __init__(self, request: HTMXRequest) -> None:
        self._signer = cover_signer(request.app)

    def cover_url(self, provider_id: UUID, series: RemoteSeries) -> str:
        """By way of Bunko: the browser of a reader meets no stranger."""
        if not series.cover_url or len(series.cover_url) > LONGEST_ADDRESS:
            return ""
        signed = self._signer.sign(provider_id.bytes + series.cover_url.encode())
        return f"/discover/{provider_id}/cover?u={signed}"

    def series_url(self, provider_id: UUID, series: RemoteSeries) -> str:
        return series_url(provider_id, series.remote_id)

    def site_url(self, series: RemoteSeries) -> str:
        """Where people look at it there; nothing but an address on the web is led to."""
        is_web = (series.url or "").lower().startswith(("https://", "http://"))
        return (series.url or "") if is_web else ""

    def facts(self, series: RemoteSeries) -> str:
        """ "2019 · Ongoing"."""
        status = status_name(series.status) if series.status else ""
        return " · ".join(filter(None, [str(series.year or ""), status]))

    def second_title(self, series: RemoteSeries) -> str:
        return series.other_titles[0].text if series.other_titles else ""

    def state(self, line: Line) -> tuple[str, str, str]:
        """The kind, icon and word of a state."""
        if line.said is None:
            return "warn", "clock", _("Still asking")
        if line.said.answer is None:
            return "bad", "alert", _("No answer")
        if line.shown:
            return "good", "check", ngettext("%(num)s result", "%(num)s results", line.shown)
        return "", "check", _("Nothing")

    def sentence(self, line: Line) -> str:
        if line.said is None:
            return _("No answer so far. Bunko goes on asking.")
        if line.said.answer is None:
            return self.reason(line.said.why)
        if line.said.seconds < A_MOMENT:
            return _("Answered")
        return _("Answered in %(seconds)s s", seconds=number(line.said.seconds))

    def reason(self, text: str) -> str:
        """What a driver says, in the language of whoever reads it, where that is known."""
        return _(text)

    def why_skipped(self, provider: Provider) -> tuple[str, str]:
        """A word and a sentence."""
        if provider.paused_at is not None:
            return _("Paused"), _("It is not asked until somebody resumes it.")
        known = self.reason(provider.health_reason or "")
        why = known or _("It did not answer when it was last checked.")
        return (_("Blocked") if provider.health is Health.BLOCKED else _("Down")), why

    def language(self, tag: str | None) -> str:
        return language_name(tag) if tag else ""

    def chapter(self, chapter: RemoteChapter) -> str:
        """ "Ch. 10.5", "Extra", "Oneshot"."""
        if chapter.number is not None:
            return _("Ch. %(number)s", number=plain(chapter.number))
        return chapter.number_text or _("Without a number")

    def language_menu(
        self, provider_id: UUID, choice: Choice, listing: Listing
    ) -> list[tuple[str, str, bool]]:
        """(words, address, chosen), any of them first."""
        found = [(_("Any language"), choice.href(provider_id, language=""), not choice.language)]
        for tag, count in listing.languages:
            words = _("%(name)s (%(count)s)", name=language_name(tag), count=number(count))
            found.append((words, choice.href(provider_id, language=tag), tag == choice.language))
        return found

    def group_menu(
        self, provider_id: UUID, choice: Choice, listing: Listing
    ) -> list[tuple[str, str, bool]]:
        found = [(_("Any group"), choice.href(provider_id, group=""), not choice.group)]
        for name, count in listing.groups[:MOST_IN_MENU]:
            words = _("%(name)s (%(count)s)", name=name, count=number(count))
            found.append((words, choice.href(provider_id, group=name), name == choice.group))
        return found

    def groups(self, chapter: RemoteChapter) -> str:
        return ", ".join(chapter.groups[:MOST_GROUPS]) or _("No group")


def cover_signer(app: Litestar) -> Signer:
    signer: Signer = app.state.secrets.signer("discover.cover")
    return signer


def language_choices(
    chosen: Sequence[str], known: Sequence[str] = OFFERED
) -> list[tuple[str, str]]:
    """(tag, name), "any" first."""
    tags = dict.fromkeys([*known, *chosen])
    return [("", _("Any language")), *((tag, language_name(tag)) for tag in tags)]
