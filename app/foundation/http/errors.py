"""Why something that went out brought nothing. Each text is a sentence for whoever runs Bunko."""

from typing import ClassVar

from app.errors import BunkoError


class OutboundError(BunkoError):
    is_passing: ClassVar[bool] = True
    """Whether the same request may come through later."""


class Refused(OutboundError):
    """Bunko itself will not go there."""

    is_passing = False


class LeadsInside(Refused):
    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(
            f"{host}:{port} leads to {address}, which is not on the public internet. If it is yours, "
            f"allow {host}:{port} for this source."
        )


class LeadsToPlainHttp(Refused):
    def __init__(self, host: str) -> None:
        super().__init__(f"{host} leads from https to http.")


class CannotConnect(OutboundError):
    def __init__(self, host: str) -> None:
        super().__init__(f"{host} cannot be reached.")


class BrokenOff(OutboundError):
    def __init__(self, host: str) -> None:
        super().__init__(f"{host} broke off in the middle of its answer.")


class TooSlow(OutboundError):
    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} took longer than {seconds:.0f} seconds.")


class TooLarge(OutboundError):
    is_passing = False

    def __init__(self, host: str, most_bytes: int) -> None:
        super().__init__(f"{host} sent more than {most_bytes // 1000:,} KB.")


class Unreadable(OutboundError):
    is_passing = False

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} sent something that cannot be unpacked.")


class TooManyRedirects(OutboundError):
    is_passing = False

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} leads from one address to the next without end.")


class Resting(OutboundError):
    """Nothing goes to this host for `wait` seconds: it asked for a pause, or failed too often."""

    def __init__(self, host: str, wait: float) -> None:
        super().__init__(f"{host} is left alone for another {max(wait, 1):.0f} seconds.")
        self.wait = wait
