from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [("reporting", "0021_standings_set_by_hand_and_opinions")]

    operations = [
        # Rollups can be thrown away: they are counted again, and the default is only for until then.
        migrations.AddField(
            "rollup", "finals", models.IntegerField(default=0, verbose_name="agencies with the period's own figure")
        ),
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
    ]
