"""Senders at work in a process of their own, which die by SIGKILL or freeze at a named step."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db import connection, transaction

from reporting import alerts
from reporting.alerts.outbox import send, transport
from reporting.alerts.outbox.answer import Answer
from reporting.alerts.outbox.ledger import Ledger

# Where a sender dies by its own hand; and where it waits for the server, which kills it at what it is told then.
BY_ITSELF = ("after the claim", "before the mark", "after the mark", "after 250", "after the ledger")
AT_THE_SERVER = {"before MAIL": "EHLO", "before RCPT": "MAIL", "before 354": "DATA", "before the answer": "dot"}
# From the mark on nobody can know whether it arrived, but from the ledger.
IN_DOUBT = {"after the mark", "before the answer", "after 250"}


def send_all() -> int:
    return alerts.send_due(10_000)


def send_and_die(step: str) -> None:
    """The first mail that comes so far is its sender's last."""
    if step == "after the claim":
        transport.hand_over = _die
    elif step == "before the mark":
        send._mark = _die
    elif step == "after the mark":
        _then_die()
    elif step == "after 250":
        Ledger.write = _die  # type: ignore[method-assign]
    elif step == "after the ledger":
        send._finish = _die
    send_all()


def send_and_die_of(address: str) -> None:
    """The mail to that address is the death of whoever takes it; of no other."""
    hand_over = transport.hand_over

    def or_die(message: EmailMessage, ready: Callable[[], None]) -> Answer:
        return _die() if message.to == [address] else hand_over(message, ready)

    transport.hand_over = or_die
    send_all()


def send_and_freeze_after_the_mark(lease: float) -> int:
    """Stops, to be thawed later, when the mark has been committed and no byte of the content has gone out."""
    send.LEASE = timedelta(seconds=lease)

    def and_freeze(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and '"handed_over_at" = ' in sql and '"attempts"' not in sql:
            transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGSTOP))
        return execute(sql, *rest)

    with connection.execute_wrapper(and_freeze):
        return send_all()


def _die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die() -> None:
    mark = send._mark

    def and_die(*arguments: Any) -> None:
        mark(*arguments)
        _die()

    send._mark = and_die
