"""Row-level security, the layer beneath agencies.access: operations for migrations."""

from django.db.migrations import RunSQL

SCOPE = "(SELECT current_setting('app.scope', true))"
# One sub-select, so that it is computed once a query and not once a row.
MINE = "(SELECT string_to_array(current_setting('app.agencies', true), ','))::text[]"
# `or_else` of a table whose rows are asked of a unit: who answers for it sees them, and nothing else of the agency.
OF_ONES_UNIT = f"{SCOPE} = 'unit' AND unit_id::text = (SELECT nullif(current_setting('app.unit', true), ''))"

FOLLOWER_ROLE_EXISTS = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shinchoku_follower') THEN
        BEGIN
            CREATE ROLE shinchoku_follower NOLOGIN;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'the role shinchoku_follower is missing: a superuser runs deploy/roles.sql once';
        END;
    END IF;
END $$
"""


def guard(
    table: str, column: str = "agency_id", *, national: bool = False, or_else: str = "false", all_see: str = "true"
) -> RunSQL:
    """Force row-level security on a table that carries an agency.

    Without a context nothing is seen. `national`: rows without an agency are the nation's, seen by whoever has a scope.
    `all_see`: what of it those see who see every agency.
    `or_else`: one more condition under which a row is seen. Followers have a policy of their own.
    """
    theirs = f"{column} = ANY ({MINE})"
    if national:
        theirs = f"({column} IS NULL OR {theirs})"
    seen = f"({SCOPE} = 'all' AND {all_see}) OR ({SCOPE} = 'agencies' AND {theirs}) OR ({or_else})"
    return RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY by_context ON {table} USING ({seen}) WITH CHECK ({seen})",
            f"CREATE POLICY followers ON {table} TO shinchoku_follower USING (true) WITH CHECK (true)",
        ],
        [
            f"DROP POLICY followers ON {table}",
            f"DROP POLICY by_context ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def same_agency(table: str, column: str, parent: str) -> RunSQL:
    """A composite foreign key: a row of one agency cannot even point at another agency's."""
    name = f"{table}_{column}_of_the_same_agency"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, agency_id)"
        f" REFERENCES {parent} (id, agency_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
