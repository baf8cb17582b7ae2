from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_name("sql")
BEFORE = (SQL / "log.sql").read_text()

# The owner's own policy names it, so that no query has to look up who owns the table.
POLICY = """
CREATE POLICY the_log_itself ON event TO CURRENT_USER
    USING (current_setting('app.scope', true) = 'log') WITH CHECK (current_setting('app.scope', true) = 'log');
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0010_event_indexes")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION append_events",
            BEFORE[BEFORE.index("CREATE FUNCTION append_events") :],
        ),
        migrations.RunSQL((SQL / "append.sql").read_text(), "DROP FUNCTION append_events"),
    ]
