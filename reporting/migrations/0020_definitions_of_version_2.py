from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    """IndicatorDefined of version 2, and how one of version 1 reads. What was known when a target was set."""

    dependencies = [
        ("reporting", "0019_open_cells_and_who_is_judged"),
        ("indicators", "0005_where_definitions_come_from"),
    ]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="figure", name="figure_by_indicator_and_year"),
        migrations.AddIndex(
            model_name="figure",
            index=models.Index(
                fields=["indicator", "year_period", "from_position"], name="figure_by_indicator_and_year"
            ),
        ),
    ]
