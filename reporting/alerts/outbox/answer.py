"""What a transport is told and answers."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass

from reporting.domain.delivery import Outcome


@dataclass(frozen=True)
class Answer:
    """How it ended, and what the server said. `no_such_address`: it was the address that was refused, for good."""

    outcome: Outcome
    said: str
    no_such_address: bool = False


# Called when the server is ready for the content and nothing of it has gone out. It raises when it must not go.
Ready = Callable[[], None]


def as_said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return f"{type(error).__name__}: {error}"
