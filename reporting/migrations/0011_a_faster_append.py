from pathlib import Path

from django.db import migrations

from agencies.row_security import guard

SQL = Path(__file__).with_name("sql")
BEFORE = (SQL / "log.sql").read_text()

# The append function runs as the table's owner, whom FORCE binds too; 'log' is the scope it sets for itself. The owner
# has a policy of its own, so that no query has to look up who that is.
IN_THE_LOG = "current_setting('app.scope', true) = 'log'"
FIRST_FORM = guard(
    "event",
    "agency",
    national=True,
    or_else=f"{IN_THE_LOG} AND current_user = (SELECT tableowner FROM pg_tables WHERE tablename = 'event')",
)


class Migration(migrations.Migration):
    dependencies = [("reporting", "0010_event_indexes")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION append_events",
            BEFORE[BEFORE.index("CREATE FUNCTION append_events") :],
        ),
        migrations.RunSQL(
            (SQL / "append_0011.sql").read_text(), "DROP FUNCTION append_events; DROP FUNCTION appended_before"
        ),
        migrations.RunSQL(FIRST_FORM.reverse_sql, FIRST_FORM.sql),
        guard("event", "agency", national=True),
        migrations.RunSQL(
            f"CREATE POLICY the_log_itself ON event TO CURRENT_USER USING ({IN_THE_LOG}) WITH CHECK ({IN_THE_LOG})",
            "DROP POLICY the_log_itself ON event",
        ),
    ]
