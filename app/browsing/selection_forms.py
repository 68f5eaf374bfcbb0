"""What the screens with chosen series send, and what they are answered with."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar_htmx import HTMXRequest
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.models import ShelfAct
from app.browsing.selection import Chosen
from app.browsing.shelf_query import LONGEST_QUERY
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.render import done, local_path


class SelectionForm(msgspec.Struct, kw_only=True):
    """`next` is the shelf they were chosen on."""

    series: list[UUID] = []
    next: Annotated[str, Meta(max_length=LONGEST_QUERY)] = ""


class AddForm(SelectionForm, kw_only=True):
    """One that there is (`to`), or a new one by its name; neither asks which."""

    to: UUID | None = None
    name: Annotated[str, Meta(max_length=120)] = ""


async def chosen_by[Kind: SelectionForm](
    request: HTMXRequest, session: AsyncSession, person: User, library_id: UUID, kind: type[Kind]
) -> tuple[Kind, Chosen]:
    form = await Form.read(request, kind)
    if form.value is None:
        raise Invalid("This form sent something that Bunko does not know.")
    return form.value, await Chosen.of(session, person, library_id, form.value.series)


def back_to(form: SelectionForm, library_id: UUID) -> str:
    return local_path(form.next, f"/libraries/{library_id}")


def carried(form: SelectionForm, chosen: Chosen) -> list[tuple[str, str]]:
    """For the next form, which acts on the same series."""
    return [("next", form.next), *(("series", str(one)) for one in chosen.ids)]


def did(
    request: HTMXRequest,
    form: SelectionForm,
    act: ShelfAct,
    text: str,
    *,
    undo: bool | None = None,
) -> Response[Any]:
    changed = bool(act.ids) if undo is None else undo
    back = f"/acts/{act.id}/undo" if changed else ""
    return done(request, then=back_to(form, act.library_id), flash=Flash(text, undo=back))
