from pathlib import Path

from django.db import migrations

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    """IndicatorDefined of version 2, and how one of version 1 reads."""

    dependencies = [("reporting", "0017_uploads"), ("indicators", "0005_where_definitions_come_from")]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
