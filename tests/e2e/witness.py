"""Sees everything a browser does on its walk: it may not complain, nor ask anybody else."""

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError


class Witness:
    """`faults`: errors on the console (broken CSP among them), requests to strangers, failed files.

    `answers`: every answer, oldest first.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []
        self.answers: list[Response] = []
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A failed file is told by its answer; a screen may be a 404 on purpose.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "about:")):
            self.faults.append(f"asked a stranger: {request.url}")

    def _response(self, answer: Response) -> None:
        self.answers.append(answer)
        if answer.status >= 400 and answer.request.resource_type != "document":
            self.faults.append(f"{answer.status}: {answer.url}")
