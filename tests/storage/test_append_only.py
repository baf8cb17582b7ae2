"""Nobody changes the log: not who runs, not who owns, not a superuser, not in replica mode."""

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.acts import append, event
from tests.databases import OWNER_URL, RUN_TIME_URL, SUPERUSER_URL, connect

Superuser = psycopg.Connection[tuple[object, ...]]
INSERT = """
INSERT INTO event (position, stream, version, event_id, type, schema_version, data, meta, occurred_at,
    recorded_at, hash)
VALUES (1, 's', 1, gen_random_uuid(), 'Forged', 1, '{}', '{}', now(), now(), sha256(''))
"""
CHANGES = {
    "update": "UPDATE event SET data = '{}' WHERE position = 1",
    "update of nothing": "UPDATE event SET type = type WHERE false",
    "delete": "DELETE FROM event WHERE position = 1",
    "truncate": "TRUNCATE event CASCADE",
    "merge": "MERGE INTO event e USING (VALUES (1)) AS v (p) ON e.position = v.p WHEN MATCHED THEN DELETE",
    "upsert": INSERT + "ON CONFLICT (position) DO UPDATE SET type = 'x'",
    "delete the head": "DELETE FROM log_head",
    "truncate the head": "TRUNCATE log_head",
}
# COPY into the log: not for who runs; not under row-level security; and never where a row is.
REFUSED = {
    RUN_TIME_URL: psycopg.errors.InsufficientPrivilege,
    OWNER_URL: psycopg.errors.FeatureNotSupported,
    SUPERUSER_URL: psycopg.errors.UniqueViolation,
}
SCOPE = "SELECT set_config('app.scope', 'all', false)"


def events(superuser: Superuser) -> object:
    return superuser.execute("SELECT count(*), sum(hashtext(e::text)::bigint) FROM event e").fetchone()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", [RUN_TIME_URL, OWNER_URL, SUPERUSER_URL])
def test_20_no_role_changes_an_event(database: str, superuser: Superuser, role: str, change: str) -> None:
    before = events(superuser)
    with connect(role, database) as connection:
        connection.execute(SCOPE)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(CHANGES[change].encode())
    assert events(superuser) == before


@pytest.mark.parametrize("change", CHANGES)
def test_20_replica_mode_switches_no_guard_off(database: str, superuser: Superuser, change: str) -> None:
    before = events(superuser)
    superuser.execute("SET session_replication_role = replica")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        superuser.execute(CHANGES[change].encode())
    assert events(superuser) == before


@pytest.mark.parametrize("role", ["shinchoku_app", "shinchoku_follower"])
def test_20_those_who_run_insert_by_the_append_function_only(database: str, role: str) -> None:
    with connect(RUN_TIME_URL, database) as connection:
        connection.execute(f"SET ROLE {role}".encode())
        connection.execute(SCOPE)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table event"):
            connection.execute(INSERT)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table event"):
            connection.execute("COPY event FROM STDIN")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table log_head"):
            connection.execute("UPDATE log_head SET position = 0")


@pytest.mark.parametrize("role", REFUSED)
def test_20_no_row_is_copied_over_one_that_is_there(database: str, superuser: Superuser, role: str) -> None:
    before = events(superuser)
    with connect(role, database) as connection:
        connection.execute(SCOPE)
        with pytest.raises(REFUSED[role]):
            copy_first_event_again(connection)
    assert events(superuser) == before


def copy_first_event_again(connection: Superuser) -> None:
    columns = "position, stream, version, event_id, type, schema_version, data, meta, occurred_at, recorded_at, hash"
    row = connection.execute(f"SELECT {columns} FROM event WHERE position = 1".encode()).fetchone()
    assert row is not None
    with connection.cursor() as cursor, cursor.copy(f"COPY event ({columns}) FROM STDIN".encode()) as copy:
        copy.write_row([Jsonb(value) if isinstance(value, dict) else value for value in row])


def test_20_the_append_function_writes_no_position_version_or_time_of_the_callers_choice(
    database: str, superuser: Superuser
) -> None:
    new, chosen = event("a"), {"position": 1, "version": 9, "recorded_at": "1999-12-31T00:00:00Z"}
    document = {
        "stream": new.stream, "event_id": str(new.event_id), "type": new.type, "schema_version": 1, "data": {},
        "meta": {}, "occurred_at": new.occurred_at.isoformat(), "hash": "00" * 32,
    }  # fmt: skip
    before = superuser.execute("SELECT position, clock_timestamp() FROM log_head").fetchone()
    with connect(RUN_TIME_URL, database) as connection:
        connection.execute("SELECT append_events(%s, '{}')", [Jsonb([document | chosen])])
    written = superuser.execute(
        "SELECT position - 1, version, recorded_at > %s FROM event WHERE stream = 'a'",
        [before[1]],  # type: ignore[index]
    )
    assert written.fetchall() == [(before[0], 1, True)]  # type: ignore[index]


def test_20_the_guards_are_not_the_run_time_roles_to_switch_off(database: str) -> None:
    with connect(RUN_TIME_URL, database) as connection:
        for statement in (
            "ALTER TABLE event DISABLE TRIGGER ALL", "DROP TRIGGER event_is_append_only ON event", "DROP TABLE event",
            "SET session_replication_role = replica", "CREATE TABLE shadow ()",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_20_control_without_the_trigger_the_same_update_would_go_through(database: str, superuser: Superuser) -> None:
    """The control: it is the trigger that refuses."""
    append(event("a", value="1"))
    superuser.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
    superuser.execute("UPDATE event SET data = '{}' WHERE stream = 'a'")
    assert superuser.execute("SELECT data FROM event WHERE stream = 'a'").fetchone() == ({},)
