from pathlib import Path

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("indicators", "0003_figures_are_checked"),
        ("reporting", "0020_definitions_of_version_2"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
        migrations.CreateModel(
            name="StandingOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_position", models.BigIntegerField(verbose_name="from position")),
                ("to_position", models.BigIntegerField(blank=True, null=True, verbose_name="to position")),
                (
                    "cls",
                    models.CharField(
                        choices=[
                            ("achieved", "Achieved"),
                            ("on_track", "On track"),
                            ("at_risk", "At risk"),
                            ("off_track", "Off track"),
                            ("not_started", "Not started"),
                            ("unknown", "Cannot be judged"),
                        ],
                        max_length=12,
                        verbose_name="standing",
                    ),
                ),
                ("until", models.DateField(verbose_name="last day")),
                ("event_id", models.UUIDField()),
                ("set_at", models.DateTimeField()),
                ("name", models.CharField(max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                        verbose_name="agency",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.domain",
                        verbose_name="technology domain",
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.indicator",
                        verbose_name="indicator",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "standing set by hand",
                "verbose_name_plural": "standings set by hand",
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("event_id", models.UUIDField()),
                ("from_csti", models.BooleanField()),
                ("text", models.TextField()),
                ("name", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
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
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.indicator",
                        verbose_name="indicator",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "opinion on a standing",
                "verbose_name_plural": "opinions on standings",
                "indexes": [models.Index(fields=["indicator", "position", "agency"], name="opinion_on_a_standing")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opinion",
            trigger=pgtrigger.compiler.Trigger(
                name="no_opinion_is_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d228adb126a9107720f8a366d655b117184c36f8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_no_opinion_is_changed_eea9e",
                    table="reporting_opinion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="standingoverride",
            constraint=models.UniqueConstraint(
                condition=models.Q(("to_position__isnull", True)),
                fields=("indicator", "agency", "domain"),
                name="one_override_in_force_per_scope",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="standingoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(("cls__in", ["achieved", "on_track", "at_risk", "off_track", "unknown"])),
                name="override_class_may_be_set",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("to_position__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("to_position__isnull", False)),
                    _connector="OR",
                ),
                name="override_ended_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="standingoverride",
            trigger=pgtrigger.compiler.Trigger(
                name="no_override_is_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="66483f798570249d779f60dc6fce258aa2233a01",
                    operation="DELETE",
                    pgid="pgtrigger_no_override_is_deleted_a4b4a",
                    table="reporting_standingoverride",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="standingoverride",
            trigger=pgtrigger.compiler.Trigger(
                name="an_override_is_only_ever_closed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."from_position" IS DISTINCT FROM (NEW."from_position") OR OLD."indicator_id" IS DISTINCT FROM (NEW."indicator_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."domain_id" IS DISTINCT FROM (NEW."domain_id") OR OLD."cls" IS DISTINCT FROM (NEW."cls") OR OLD."until" IS DISTINCT FROM (NEW."until") OR OLD."event_id" IS DISTINCT FROM (NEW."event_id") OR OLD."set_at" IS DISTINCT FROM (NEW."set_at") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."name" IS DISTINCT FROM (NEW."name"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="bc7b91b67288acfeda69a2c027f35a6344b73fb1",
                    operation="UPDATE",
                    pgid="pgtrigger_an_override_is_only_ever_closed_92f21",
                    table="reporting_standingoverride",
                    when="BEFORE",
                ),
            ),
        ),
        guard("reporting_standingoverride", national=True),
        guard("reporting_opinion"),
    ]
