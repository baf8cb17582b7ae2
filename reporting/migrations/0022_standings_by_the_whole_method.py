from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [("reporting", "0021_standings_set_by_hand_and_opinions")]

    operations = [
        # All rollups are counted anew since 0018; the default is for until then.
        migrations.AddField(
            "rollup",
            "final_weight",
            models.DecimalField(decimal_places=6, default=0, max_digits=30, verbose_name="weight final"),
        ),
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
    ]
