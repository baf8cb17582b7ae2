import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from reporting.models.cuts import Exact

AMOUNTS = (
    "amount", "amount_pending", "weighed", "weighed_pending", "numerator", "numerator_pending", "denominator",
    "denominator_pending",
)  # fmt: skip
# Used by OWN_ENTRIES of reporting.queries.rollups_at: what an agency was asked for, at any position.
ENTRIES_BY_AGENCY = (
    "CREATE INDEX assignedindicator_of_an_agency ON indicators_assignedindicator (indicator_id, agency_id)"
)


def count(name):
    return name, models.IntegerField()


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0005_where_definitions_come_from"),
        ("reporting", "0032_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cut",
            fields=[("position", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        # Of no agency: the nation's cells, as those of the live rollups.
        migrations.CreateModel(
            name="CutCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_position", models.BigIntegerField(verbose_name="from position")),
                ("to_position", models.BigIntegerField(blank=True, null=True, verbose_name="to position")),
                ("period", models.CharField(max_length=6)),
                ("component", models.CharField(max_length=32, null=True)),
                *((name, Exact(null=True)) for name in AMOUNTS),
                count("expected"),
                ("expected_weight", Exact()),
                *map(count, ("answered", "present", "with_value", "nothing", "not_measurable", "carried", "complete")),
                ("complete_weight", Exact()),
                ("final_weight", Exact()),
                *map(count, ("standing", "pending", "finals")),
                (
                    "domain",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.domain",
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.indicator",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        models.Func("from_position", "to_position", function="int8range"), name="kept_between_cuts"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("indicator", "period", "domain", "component", "from_position"),
                        name="a_cell_is_kept_once_a_cut",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="figure",
            index=models.Index(fields=["indicator", "agency", "year_period"], name="figure_by_agency_and_year"),
        ),
        migrations.RunSQL(ENTRIES_BY_AGENCY, "DROP INDEX assignedindicator_of_an_agency"),
        migrations.AlterField(
            model_name="finding",
            name="kind",
            field=models.CharField(
                choices=[
                    ("rollup", "rollup"),
                    ("report", "report"),
                    ("cut", "cut of the past"),
                    ("failing", "cannot be computed"),
                    ("stuck", "open for too long"),
                    ("stopped", "stopped"),
                    ("mail", "mail not delivered"),
                    ("held", "alert mails held back"),
                    ("holidays", "holidays not known"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
    ]
