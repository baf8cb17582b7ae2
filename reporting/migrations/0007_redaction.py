from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0006_idempotency_keys"),
        ("agencies", "0002_row_level_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField("eventtext", "salt", models.BinaryField(max_length=32, null=True)),
        migrations.AddField("eventtext", "redacted_by", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "eventtext",
            models.CheckConstraint(
                condition=models.Q(("redacted_by__isnull", True), ("salt__isnull", False))
                | models.Q(("redacted_by__isnull", False), ("salt__isnull", True), ("text", "")),
                name="text_with_its_salt_or_redacted",
            ),
        ),
        migrations.CreateModel(
            name="Redaction",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField()),
                ("field", models.TextField(verbose_name="field")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waiting for a second person"),
                            ("declined", "Declined"),
                            ("redacted", "Erased"),
                        ],
                        default="proposed",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("version", models.IntegerField(verbose_name="version")),
                ("proposed_at", models.DateTimeField()),
                ("proposed_name", models.CharField(max_length=120)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_name", models.CharField(blank=True, max_length=120)),
                ("decided_event", models.UUIDField(null=True)),
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure of a text",
                "verbose_name_plural": "erasures of texts",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "proposed")), fields=["proposed_at"], name="redaction_waiting"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "redacted"])),
                        fields=("event_id", "field"),
                        name="one_redaction_waiting_or_done_per_text",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "declined", "redacted"])),
                        name="redaction_state_is_known",
                    ),
                ],
            },
        ),
        guard("reporting_redaction", national=True),
        migrations.RunSQL(
            (SQL / "redaction.sql").read_text(encoding="utf-8"),
            (SQL / "redaction_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
