"""10: what PgBouncer in transaction mode keeps and does not keep. Other tests of the log are run behind it as well."""

import psycopg
import pytest
from django.db import connection

from agencies import access
from tests.cast import SYSTEM
from tests.databases import RUN_TIME_URL, connect

Connection = psycopg.Connection[tuple[object, ...]]
WHO = "SELECT pg_backend_pid()"


def session(client: Connection) -> object:
    return client.execute(WHO).fetchone()


def test_10_a_client_is_served_by_whatever_session_is_free(database: str) -> None:
    with (
        connect(RUN_TIME_URL, database, autocommit=False) as one,
        connect(RUN_TIME_URL, database, autocommit=False) as two,
    ):
        first = session(one)
        one.commit()
        assert session(two) == first  # it was free
        assert session(one) != first  # and is no longer


def test_10_control_a_lock_of_a_session_would_keep_nobody_out(database: str) -> None:
    """The log's own is one of the transaction."""
    with connect(RUN_TIME_URL, database) as one, connect(RUN_TIME_URL, database) as two:
        one.execute("SELECT pg_advisory_lock(99)")
        assert two.execute("SELECT pg_try_advisory_lock(99)").fetchone() == (True,)


@pytest.mark.parametrize(
    ("limit", "value"),
    [("lock_timeout", "2s"), ("statement_timeout", "10s"), ("idle_in_transaction_session_timeout", "30s")],
)
def test_10_the_limits_of_time_hold_behind_it(database: str, limit: str, value: str) -> None:
    with access.reading(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"SHOW {limit}")
        assert cursor.fetchone() == (value,)
