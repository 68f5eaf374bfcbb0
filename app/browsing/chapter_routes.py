"""The screen of a chapter: what it is, where it lies, and all of its pages."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing import nav
from app.browsing.chapter import ChapterView, chapter_for, contents_of, others_at
from app.browsing.words import version_name
from app.foundation.web.i18n import _, file_size
from app.foundation.web.policies import Policy
from app.foundation.web.render import show
from app.library.words import chapter_name, volume_name

SHORT = 12
_MOST_DIGITS = 6


@get("/chapters/{chapter_id:uuid}", name="browsing.chapter", opt={"policy": Policy.SIGNED_IN})
async def chapter_screen(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    view = await chapter_for(session, person, chapter_id)
    request.scope["state"][nav.SHELF_OF_THIS_SCREEN] = view.library.id
    return show(
        request,
        "browsing/chapter.html",
        view=view,
        chapter=view.chapter,
        series=view.series,
        library=view.library,
        place=view.place,
        others=await others_at(session, view.chapter),
        contents=contents_of(view, _page_asked_for(request)),
        facts=_facts(view),
        path_on_disk=_path(view) if person.manages else "",
        chapter_name=chapter_name,
        volume_name=volume_name,
        version_name=version_name,
    )


def _facts(view: ChapterView) -> list[tuple[str, str]]:
    """What is known of the file, as pairs of a word and a value."""
    file = view.file
    if file is None:
        return []
    facts = [
        (_("Pages"), str(file.page_count)),
        (_("Size"), file_size(file.size)),
        (_("Format"), _format(file.format)),
    ]
    sizes = [size for size in view.sizes if size.width]
    if sizes:
        small = min(sizes, key=lambda size: size.width * size.height)
        large = max(sizes, key=lambda size: size.width * size.height)
        spans = [f"{size.width} × {size.height}" for size in (small, large)]
        facts.append((_("Pixels"), " – ".join(dict.fromkeys(spans))))
    if file.fingerprint:
        facts.append((_("Fingerprint"), file.fingerprint.hex()[:SHORT]))
    return facts


def _format(name: str) -> str:
    return {"zip": "CBZ (ZIP)", "tar": "CBT (tar)", "folder": _("Image folder")}.get(name, name)


def _path(view: ChapterView) -> str:
    if view.file is None or view.root is None:
        return ""
    return f"{view.root.display_name}/{view.file.path.decode('utf-8', 'replace')}"


def _page_asked_for(request: HTMXRequest) -> int:
    text = request.query_params.get("first", "")
    return int(text[:_MOST_DIGITS]) if text.isascii() and text.isdigit() else 1


routes = [chapter_screen]
