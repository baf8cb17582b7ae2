from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from agencies.row_security import guard, same_agency

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [("indicators", "0002_row_level_security"), ("reporting", "0011_a_faster_append")]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
        # The board asks for all reports of a period.
        migrations.AddIndex("report", models.Index(fields=["period"], name="report_by_period")),
        migrations.CreateModel(
            name="AddedHoliday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_position", models.BigIntegerField(verbose_name="from position")),
                ("to_position", models.BigIntegerField(blank=True, null=True, verbose_name="to position")),
                ("day", models.DateField(verbose_name="day")),
                ("event_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "added holiday",
                "verbose_name_plural": "added holidays",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_position__isnull", True)),
                        fields=("day",),
                        name="one_added_holiday_per_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeadlineChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_position", models.BigIntegerField(verbose_name="from position")),
                ("to_position", models.BigIntegerField(blank=True, null=True, verbose_name="to position")),
                ("period", models.CharField(max_length=12, verbose_name="period")),
                (
                    "kind",
                    models.CharField(
                        choices=[("extended", "Deadline extended"), ("reopened", "Reopened")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("until", models.DateField(verbose_name="last day")),
                ("event_id", models.UUIDField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                        verbose_name="agency",
                    ),
                ),
                (
                    "assignment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "moved deadline",
                "verbose_name_plural": "moved deadlines",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("to_position__isnull", True)),
                        fields=("agency", "period", "assignment", "kind"),
                        name="one_change_in_force_per_scope_and_kind",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["extended", "reopened"])), name="deadline_change_kind_is_known"
                    ),
                ],
            },
        ),
        guard("reporting_deadlinechange"),
        same_agency("reporting_deadlinechange", "assignment_id", "indicators_assignment"),
    ]
