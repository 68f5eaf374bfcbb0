"""Sees everything a browser does on its walk: it may not complain, nor ask anybody else."""

import re

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError


class Witness:
    """`faults`: errors on the console (broken CSP among them), requests to strangers, failed files.

    `answers`: every answer, oldest first; `asked`: what has none yet.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []
        self.answers: list[Response] = []
        self.asked: set[Request] = set()
        self.refused: re.Pattern[str] | None = None
        """Addresses that the test itself answers with a refusal."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfinished", self._is_over)
        context.on("requestfailed", self._is_over)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A failed file is told by its answer; a screen may be a 404 on purpose.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        self.asked.add(request)
        if not request.url.startswith((f"{self.origin}/", "data:", "about:")):
            self.faults.append(f"asked a stranger: {request.url}")

    def _is_over(self, request: Request) -> None:
        self.asked.discard(request)

    def _response(self, answer: Response) -> None:
        self.answers.append(answer)
        is_meant = self.refused and self.refused.search(answer.url)
        if answer.status >= 400 and answer.request.resource_type != "document" and not is_meant:
            self.faults.append(f"{answer.status}: {answer.url}")
