"""What the database allows is what deploy/grants.toml says: no more, no less."""

import re
import tomllib
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from agencies.access import FOLLOWER_ROLE
from tests.databases import OWNER_URL, connect

Superuser = psycopg.Connection[tuple[Any, ...]]
GRANTS = tomllib.loads((settings.BASE_DIR / "deploy" / "grants.toml").read_text())
ROLES = {"app": settings.DATABASES["default"]["USER"], "follower": FOLLOWER_ROLE}
OWNER = settings.DATABASES["owner"]["USER"]

TABLE_RIGHTS = """
SELECT c.relname::text, coalesce(r.rolname, 'PUBLIC')::text, a.privilege_type::text
FROM pg_class c, aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
UNION ALL
SELECT c.relname::text, coalesce(r.rolname, 'PUBLIC')::text, a.privilege_type || ' (' || t.attname || ')'
FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid, aclexplode(t.attacl) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
"""
FUNCTION_RIGHTS = """
SELECT p.proname::text, coalesce(r.rolname, 'PUBLIC')::text
FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE p.pronamespace = 'public'::regnamespace AND a.grantee <> p.proowner AND {kind}
"""
OWNED = """
SELECT relname::text FROM pg_class WHERE relowner = {role}::regrole
UNION ALL SELECT proname::text FROM pg_proc WHERE proowner = {role}::regrole
UNION ALL SELECT nspname::text FROM pg_namespace WHERE nspowner = {role}::regrole
UNION ALL SELECT typname::text FROM pg_type WHERE typowner = {role}::regrole
UNION ALL SELECT datname::text FROM pg_database WHERE datdba = {role}::regrole
"""
# A table carries an agency when it has a column of that name, or points at one.
CARRIES_AN_AGENCY = """
SELECT c.relname::text, c.relrowsecurity AND c.relforcerowsecurity
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'agencies_agency' AND (
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('agency', 'agency_id'))
    OR EXISTS (SELECT FROM pg_constraint k
               WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid = 'agencies_agency'::regclass))
"""
UNGUARDED = {
    "agencies_agencyprofile": "what kind a body is and who supervises it is public",
    "agencies_groupmember": "which universities are in a group is public",
    "indicators_groupassignment": "the plan's template for a group is public",
    "indicators_indicatordefinition": "the ministry responsible for an indicator is public",
}


def listed(rights: str) -> list[str]:
    """ "SELECT, UPDATE (a, b)" as single rights, columns one by one."""
    found = []
    for right, columns in re.findall(r"([A-Z]+)(?:\s*\(([^)]*)\))?", rights):
        found += [f"{right} ({column.strip()})" for column in columns.split(",")] if columns else [right]
    return found


def wanted() -> set[tuple[str, str, str]]:
    return {
        (table, ROLES[name], right)
        for table, rights in GRANTS["tables"].items()
        for name, given in rights.items()
        for right in listed(given)
    }


def test_the_rights_on_tables_and_columns_are_those_of_the_file_and_no_others(
    database: str, superuser: Superuser
) -> None:
    found = superuser.execute(TABLE_RIGHTS).fetchall()
    assert set(found) == wanted()


def test_a_right_too_many_or_too_few_would_be_seen(database: str, superuser: Superuser) -> None:
    """The control."""
    superuser.execute("GRANT UPDATE (data) ON event TO shinchoku_app")
    superuser.execute("REVOKE SELECT ON reporting_rollup FROM shinchoku_app")
    found = set(superuser.execute(TABLE_RIGHTS).fetchall())
    assert found - wanted() == {("event", ROLES["app"], "UPDATE (data)")}
    assert wanted() - found == {("reporting_rollup", ROLES["app"], "SELECT")}


def test_applying_the_grants_again_takes_back_what_somebody_gave(database: str, superuser: Superuser) -> None:
    superuser.execute("GRANT DELETE ON reporting_report TO shinchoku_app")
    call_command("apply_grants", verbosity=0)
    assert set(superuser.execute(TABLE_RIGHTS).fetchall()) == wanted()


def test_the_only_functions_to_call_are_those_of_the_file(database: str, superuser: Superuser) -> None:
    callable_ = superuser.execute(FUNCTION_RIGHTS.format(kind="prorettype <> 'trigger'::regtype").encode()).fetchall()
    of_the_file = {(f, ROLES[name]) for f, names in GRANTS["functions"].items() for name in names}
    # pgtrigger's own: reads a setting of the session and nothing else.
    assert set(callable_) - {("_pgtrigger_should_ignore", "PUBLIC")} == of_the_file


def test_no_trigger_function_runs_with_its_owners_rights(database: str, superuser: Superuser) -> None:
    """Everybody may call trigger functions, which is of no use to them: they run as whoever caused them."""
    definers = superuser.execute(
        "SELECT proname::text FROM pg_proc WHERE prosecdef AND proowner = %s::regrole ORDER BY 1", [OWNER]
    )
    assert definers.fetchall() == [("append_events",), ("leaf_hashes",), ("redact_text",)]


def test_a_table_the_file_does_not_name_is_an_error(database: str) -> None:
    with connect(OWNER_URL, database) as owner:
        owner.execute("CREATE TABLE forgotten ()")
    with pytest.raises(CommandError, match="forgotten"):
        call_command("apply_grants", verbosity=0)


@pytest.mark.parametrize("role", ROLES.values())
def test_those_who_run_own_nothing_and_hold_no_special_right(database: str, superuser: Superuser, role: str) -> None:
    assert superuser.execute(psycopg.sql.SQL(OWNED).format(role=psycopg.sql.Literal(role))).fetchall() == []
    rights = superuser.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s",
        [role],
    )
    assert rights.fetchone() == (False,) * 5


def test_the_run_time_role_is_a_follower_on_purpose_only(database: str, superuser: Superuser) -> None:
    memberships = superuser.execute(
        "SELECT m.roleid::regrole::text, inherit_option, set_option, admin_option FROM pg_auth_members m"
        " WHERE m.member = %s::regrole",
        [ROLES["app"]],
    )
    assert memberships.fetchall() == [(FOLLOWER_ROLE, False, True, False)]


def test_every_table_that_carries_an_agency_is_guarded_by_force_or_excused(database: str, superuser: Superuser) -> None:
    tables = dict(superuser.execute(CARRIES_AN_AGENCY).fetchall())
    assert {table for table, guarded in tables.items() if not guarded} == set(UNGUARDED)
    assert len(tables) > 15


def test_what_is_only_ever_added_or_closed_is_guarded_by_triggers(database: str, superuser: Superuser) -> None:
    """By trigger, so that the owner and a superuser are refused as well."""
    always = superuser.execute(
        "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled <> 'D' GROUP BY 1"
    )
    assert dict(always.fetchall()) == {
        "event": 1, "log_head": 1, "log_key": 1, "tree_head": 2, "tree_node": 1, "head_witness": 1,
        "reporting_eventtext": 3, "reporting_figure": 2, "reporting_reportstate": 2, "reporting_standing": 2,
        "reporting_threadmessage": 1, "reporting_standingoverride": 2, "reporting_opinion": 1,
        "reporting_mailattempt": 1, "reporting_mailimage": 1, "reporting_alertchange": 1,
        "reporting_suppressedaddress": 2, "reporting_edition": 2, "reporting_editionchange": 1,
        "reporting_editionfile": 1,
    }  # fmt: skip
