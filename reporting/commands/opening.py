"""How every command opens its transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InternalError, OperationalError, connection

from agencies import access
from agencies.access import Actor
from reporting.domain.errors import Busy

# The server ended a transaction that idled: psycopg has this one among the internal errors, not the operational.
IDLED = "25P03"


@contextmanager
def command(actor: Actor) -> Iterator[None]:
    """A durable transaction of this actor. A lock or a server that did not come in time is a Refusal: nothing has been
    written, and the same command may be given again."""
    try:
        with access.acting(actor):
            yield
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
