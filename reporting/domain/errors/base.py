"""The base of all refusals."""

from typing import Any


def gettext_noop(message: str) -> str:
    """Marks a msgid for translation without importing Django here."""
    return message


class Refusal(Exception):
    """Base of all refusals. `params` fill the message's named places."""

    code = "refused"
    status = 409
    retry_after: int | None = None  # seconds, where asking again helps
    message = gettext_noop("This cannot be done.")

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.message % params)
