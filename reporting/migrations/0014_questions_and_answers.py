import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_row_level_security"),
        ("indicators", "0002_row_level_security"),
        ("reporting", "0013_drafts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ThreadMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(blank=True, max_length=12, verbose_name="period")),
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
                "verbose_name": "question or answer",
                "verbose_name_plural": "questions and answers",
                "indexes": [models.Index(fields=["agency", "indicator", "id"], name="thread_in_its_order")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="threadmessage",
            trigger=pgtrigger.compiler.Trigger(
                name="no_message_is_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="53885cc21ceccf800ad33c3fa58bf4f00e89f692",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_no_message_is_changed_a1bcf",
                    table="reporting_threadmessage",
                    when="BEFORE",
                ),
            ),
        ),
        guard("reporting_threadmessage"),
    ]
