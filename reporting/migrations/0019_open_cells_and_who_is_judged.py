import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

# Judged anew once, as if everything had just changed: nobody has kept what was judged when.
TO_JUDGE = """
INSERT INTO reporting_touchedindicator (indicator_id, position)
SELECT code, (SELECT position FROM log_head) FROM indicators_indicator
"""

# Used by TOUCH of reporting.projections.rollups, for each page of events: which of the 80,000 entries came or went with
# it. Without them a report costs more the more is asked of everybody.
ENTRIES_BY_POSITION = [
    "CREATE INDEX assignedindicator_from_position ON indicators_assignedindicator (from_position)",
    "CREATE INDEX assignedindicator_to_position ON indicators_assignedindicator (to_position)"
    " WHERE to_position IS NOT NULL",
]
NO_ENTRIES_BY_POSITION = [
    "DROP INDEX assignedindicator_from_position",
    "DROP INDEX assignedindicator_to_position",
]


def of_an_indicator():
    return models.OneToOneField(
        on_delete=django.db.models.deletion.PROTECT,
        primary_key=True,
        related_name="+",
        serialize=False,
        to="indicators.indicator",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0003_figures_are_checked"),
        ("reporting", "0018_rollups_say_how_complete_they_are"),
    ]

    operations = [
        migrations.CreateModel(
            name="TouchedIndicator",
            fields=[("indicator", of_an_indicator()), ("position", models.BigIntegerField())],
        ),
        migrations.CreateModel(
            name="JudgedIndicator",
            fields=[
                ("indicator", of_an_indicator()),
                ("position", models.BigIntegerField(db_default=0)),
                ("day", models.DateField(null=True)),
                ("at", models.DateTimeField(db_default=Now())),
            ],
        ),
        migrations.RunSQL(TO_JUDGE, migrations.RunSQL.noop),
        migrations.RunSQL(ENTRIES_BY_POSITION, NO_ENTRIES_BY_POSITION),
        migrations.AddField("follower", "stopped_at", models.DateTimeField(null=True, verbose_name="stopped since")),
        migrations.AddField("touchedcell", "latest", models.BigIntegerField(db_default=0)),
        migrations.AddField(
            "touchedcell", "touched_at", models.DateTimeField(db_default=Now(), verbose_name="open since")
        ),
        migrations.AddField("touchedcell", "tries", models.SmallIntegerField(db_default=0, verbose_name="tries")),
        migrations.AddField("touchedcell", "error", models.TextField(blank=True, db_default="", verbose_name="error")),
        migrations.AddField("touchedcell", "next_try", models.DateTimeField(null=True, verbose_name="next try")),
        migrations.AlterField("touchedcell", "position", models.BigIntegerField(verbose_name="position")),
        migrations.AlterField(
            "finding",
            "kind",
            models.CharField(
                choices=[
                    ("rollup", "rollup"),
                    ("report", "report"),
                    ("failing", "cannot be computed"),
                    ("stuck", "open for too long"),
                    ("stopped", "stopped"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex("touchedcell", models.Index(fields=["position"], name="touched_longest_ago")),
        migrations.AddIndex("touchedcell", models.Index(fields=["-latest"], name="touched_last")),
        migrations.AddIndex(
            "touchedcell",
            models.Index(condition=models.Q(("tries__gt", 0)), fields=["touched_at"], name="cannot_be_computed"),
        ),
    ]
