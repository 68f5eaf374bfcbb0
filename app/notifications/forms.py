import msgspec

from app.notifications.models import Kind


class MailForm(msgspec.Struct, kw_only=True):
    """The kinds of messages that come as letters, too."""

    kinds: list[Kind] = []
