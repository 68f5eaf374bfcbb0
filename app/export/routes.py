"""`/account/export`: everything Bunko keeps about whoever asks, to take along."""

from typing import Any

from litestar import Controller, Response, get
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest

from app.accounts.models import User
from app.export.everything import everything
from app.foundation.web.conditional import attachment
from app.foundation.web.policies import Policy
from app.foundation.web.render import show


class Export(Controller):
    path = "/account/export"
    opt = {"policy": Policy.SIGNED_IN, "proof": True}

    @get("", name="export.show")
    async def show_export(self, request: HTMXRequest) -> Response[Any]:
        return show(request, "export/export.html")

    @get("/file", name="export.download")
    async def download_export(self, request: HTMXRequest, person: User) -> Stream:
        return Stream(
            everything(request.app.state.session_maker_class, person),
            media_type="application/json",
            headers={
                "Content-Disposition": attachment(f"Bunko {person.name}.json").decode("latin-1"),
                "Cache-Control": "private, no-store",
            },
        )


routes: list[ControllerRouterHandler] = [Export]
