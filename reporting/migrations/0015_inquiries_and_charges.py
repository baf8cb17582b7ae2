import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import OF_ONES_UNIT, guard, same_agency


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("indicators", "0002_row_level_security"),
        ("reporting", "0014_questions_and_answers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("predecessor_name", models.CharField(max_length=120)),
                ("successor_name", models.CharField(max_length=120)),
                ("by_name", models.CharField(max_length=120, verbose_name="done by")),
                ("at", models.DateTimeField(verbose_name="done at")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("moved", models.JSONField(default=dict)),
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
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "predecessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="predecessor",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="successor",
                    ),
                ),
            ],
            options={
                "verbose_name": "handover",
                "verbose_name_plural": "handovers",
            },
        ),
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=12, verbose_name="period")),
                ("unit_name", models.CharField(max_length=120)),
                ("due_on", models.DateField(verbose_name="internal due date")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("asked_name", models.CharField(max_length=120, verbose_name="asked by")),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
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
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.assignment"
                    ),
                ),
                (
                    "node",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.plannode"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.unit",
                        verbose_name="department",
                    ),
                ),
            ],
            options={
                "verbose_name": "internal inquiry",
                "verbose_name_plural": "internal inquiries",
            },
        ),
        migrations.CreateModel(
            name="AskedFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=100)),
                ("previous", models.CharField(blank=True, max_length=60)),
                ("last_year", models.CharField(blank=True, max_length=60)),
                ("parts", models.JSONField(default=dict)),
                ("remark", models.TextField(blank=True, verbose_name="remark")),
                ("version", models.IntegerField(default=0)),
                ("answered_name", models.CharField(blank=True, max_length=120)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"
                    ),
                ),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="reporting.inquiry"
                    ),
                ),
            ],
            options={
                "verbose_name": "figure asked of a department",
                "verbose_name_plural": "figures asked of departments",
            },
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_at", models.DateTimeField(verbose_name="from")),
                ("until_at", models.DateTimeField(null=True, verbose_name="until")),
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
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person in charge",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.unit",
                        verbose_name="department",
                    ),
                ),
            ],
            options={
                "verbose_name": "charge of an assignment",
                "verbose_name_plural": "charges of assignments",
                "indexes": [
                    models.Index(
                        condition=models.Q(("until_at__isnull", True)),
                        fields=["agency", "person"],
                        name="charge_by_person",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until_at__isnull", True)),
                        fields=("assignment",),
                        name="one_in_charge_per_assignment",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(
                condition=models.Q(("withdrawn_at__isnull", True)), fields=["unit", "due_on"], name="inquiry_by_unit"
            ),
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(
                condition=models.Q(("told_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=["asked_at"],
                name="inquiry_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("assignment", "period", "unit"),
                name="one_open_inquiry_per_report_and_unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.UniqueConstraint(fields=("id", "agency"), name="inquiry_with_its_agency"),
        ),
        migrations.AddConstraint(
            model_name="askedfigure",
            constraint=models.UniqueConstraint(fields=("inquiry", "field"), name="one_row_per_inquiry_and_field"),
        ),
        guard("reporting_inquiry", or_else=OF_ONES_UNIT),
        guard("reporting_askedfigure", or_else=OF_ONES_UNIT),
        guard("reporting_charge"),
        guard("reporting_handover"),
        same_agency("reporting_inquiry", "assignment_id", "indicators_assignment"),
        same_agency("reporting_inquiry", "unit_id", "agencies_unit"),
        same_agency("reporting_askedfigure", "inquiry_id", "reporting_inquiry"),
        same_agency("reporting_askedfigure", "unit_id", "agencies_unit"),
        same_agency("reporting_charge", "assignment_id", "indicators_assignment"),
        same_agency("reporting_charge", "unit_id", "agencies_unit"),
    ]
