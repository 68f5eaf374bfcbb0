"""Mail to the people here: rooms register letters, the worker writes and sends them."""

from app.foundation.mail.jobs import send_later
from app.foundation.mail.letters import Recipient, Words, letter, set_address_book
from app.foundation.mail.post import can_send, open_post

__all__ = [
    "Recipient",
    "Words",
    "can_send",
    "letter",
    "open_post",
    "send_later",
    "set_address_book",
]
