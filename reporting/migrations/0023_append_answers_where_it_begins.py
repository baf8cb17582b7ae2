from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_name("sql")
BEFORE = (SQL / "append_0011.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("reporting", "0022_standings_by_the_whole_method")]

    operations = [
        migrations.RunSQL("DROP FUNCTION append_events", BEFORE[: BEFORE.index("-- What was answered when")]),
        migrations.RunSQL((SQL / "append.sql").read_text(), "DROP FUNCTION append_events"),
    ]
