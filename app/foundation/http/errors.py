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
            "%(place)s leads to %(address)s, which is not on the public internet. If it is yours, "
            "allow %(place)s for this source.",
            place=f"{host}:{port}",
            address=address,
        )


class LeadsAstray(Refused):
    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(
            "%(place)s leads to %(address)s, which nobody can allow: it is not one machine of yours.",
            place=f"{host}:{port}",
            address=address,
        )


class OddHeader(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A header cannot be sent as it is: a key or its name has characters that do not belong "
            "there."
        )


class LeadsToPlainHttp(Refused):
    def __init__(self, host: str) -> None:
        super().__init__("%(host)s leads from https to http.", host=host)


class CannotConnect(OutboundError):
    def __init__(self, host: str) -> None:
        super().__init__("%(host)s cannot be reached.", host=host)


class BrokenOff(OutboundError):
    def __init__(self, host: str) -> None:
        super().__init__("%(host)s broke off in the middle of its answer.", host=host)


class TooSlow(OutboundError):
    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            "%(host)s took longer than %(seconds)s seconds.", host=host, seconds=round(seconds)
        )


class TooLarge(OutboundError):
    is_passing = False

    def __init__(self, host: str, most_bytes: int) -> None:
        super().__init__(
            "%(host)s sent more than %(size)s KB.", host=host, size=f"{most_bytes // 1000:,}"
        )


class Unreadable(OutboundError):
    is_passing = False

    def __init__(self, host: str) -> None:
        super().__init__("%(host)s sent something that cannot be unpacked.", host=host)


class TooManyRedirects(OutboundError):
    is_passing = False

    def __init__(self, host: str) -> None:
        super().__init__("%(host)s leads from one address to the next without end.", host=host)


class Resting(OutboundError):
    """Nothing goes to this host for `wait` seconds: it asked for a pause, or failed too often."""

    def __init__(self, host: str, wait: float) -> None:
        super().__init__(
            "%(host)s is left alone for a while: it failed again and again, or asked for a pause.",
            host=host,
        )
        self.wait = wait


class LeftMeanwhile(OutboundError):
    """Whoever asks again asks by what the source is now."""

    def __init__(self) -> None:
        super().__init__("This source was changed or closed meanwhile. Ask again.")
