from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_reports_rollups_standings_alerts")]

    operations = [migrations.RunSQL((SQL / "log.sql").read_text(), (SQL / "log_reverse.sql").read_text())]
