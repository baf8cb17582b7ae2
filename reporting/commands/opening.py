"""How every command opens its transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from django.db import InternalError, OperationalError, connection

from agencies import access
from agencies.access import Actor
from reporting.commands.once import Once
from reporting.domain.errors import Busy

R = TypeVar("R")

# The server ended a transaction that idled: psycopg has this one among the internal errors, not the operational.
IDLED = "25P03"


class Done(Protocol):
    """`return done(result)`: the command's last word, inside its transaction. Gives the result back."""

    def __call__(self, result: R, /) -> R: ...


@contextmanager
def command(actor: Actor, once: Once | None = None) -> Iterator[Done]:
    """A durable transaction of this actor. A lock or a server that did not come in time is a Refusal: nothing has been
    written, and the same command may be given again.

    With `once`, a request accepted before raises AlreadyAnswered, and the answer to this one is kept with its events.
    Whether the actor may do this at all is asked before.
    """

    def done(result: R) -> R:
        if once:
            once.keep(actor, result)
        return result

    try:
        with access.acting(actor):
            if once:
                once.begin(actor)
            yield done
            if once and once.answer is None:
                raise AssertionError("a command that was given `once` ends with done(…)")
    except OperationalError as error:
        raise Busy() from error
    except InternalError as error:
        if getattr(error.__cause__, "sqlstate", None) != IDLED:
            raise
        raise Busy() from error


def one_at_a_time() -> None:
    """Loads decide on what the whole log says, so two of them must not decide at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7307020263)")


# Who submits reads what the figures are measured in; who changes that looks whether there are any. Both decide before
# the log's lock, so the two must not happen at once; any number of submissions may.
UNITS = 7307020272


def in_todays_units() -> None:
    """First in a transaction that will write figures."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [UNITS])


def no_report_meanwhile() -> None:
    """Waits for the submissions under way, and holds up others until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [UNITS])
