"""Lists of the API come in parts: a number of rows, and a signed place where it goes on."""

from typing import Annotated

from litestar.params import Parameter
from litestar_htmx import HTMXRequest

from app.foundation.web.paging import MOST_ROWS

ROWS = 50
Limit = Annotated[int, Parameter(ge=1, le=MOST_ROWS, description="How many at once.")]
After = Annotated[str | None, Parameter(description="From `next` of the answer before.")]


def address_of_next(request: HTMXRequest, limit: int, token: str | None) -> str | None:
    return f"{request.url.path}?limit={limit}&after={token}" if token is not None else None
