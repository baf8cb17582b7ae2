import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard, same_agency


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0012_moved_deadlines"),
        ("agencies", "0002_row_level_security"),
        ("indicators", "0002_row_level_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("period", models.CharField(max_length=12, verbose_name="period")),
                ("version", models.BigIntegerField(default=0)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.assignment"
                    ),
                ),
            ],
            options={"verbose_name": "draft", "verbose_name_plural": "drafts"},
        ),
        migrations.CreateModel(
            name="DraftField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                ("version", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fields", to="reporting.draft"
                    ),
                ),
            ],
            options={
                "verbose_name": "field of a draft",
                "verbose_name_plural": "fields of drafts",
                "constraints": [
                    models.UniqueConstraint(fields=("draft", "name"), name="one_field_of_a_name_per_draft")
                ],
            },
        ),
        guard("reporting_draft"),
        guard("reporting_draftfield"),
        same_agency("reporting_draft", "assignment_id", "indicators_assignment"),
        migrations.RunSQL(
            "ALTER TABLE reporting_draft ADD CONSTRAINT draft_with_its_agency UNIQUE (id, agency_id)",
            "ALTER TABLE reporting_draft DROP CONSTRAINT draft_with_its_agency",
        ),
        same_agency("reporting_draftfield", "draft_id", "reporting_draft"),
    ]
