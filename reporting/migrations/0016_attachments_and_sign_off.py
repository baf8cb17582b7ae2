import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard, same_agency


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("reporting", "0015_inquiries_and_charges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("field", models.CharField(blank=True, max_length=80, verbose_name="figure")),
                ("kind", models.CharField(max_length=4, verbose_name="kind")),
                ("name", models.TextField(blank=True, verbose_name="name")),
                ("url", models.TextField(blank=True, verbose_name="link")),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.BigIntegerField(default=0, verbose_name="size")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not checked for viruses"),
                            ("clean", "checked for viruses"),
                            ("infected", "refused by the virus check"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="virus check",
                    ),
                ),
                ("attached", models.BooleanField(default=True, verbose_name="attached")),
                ("added_name", models.CharField(max_length=120, verbose_name="added by")),
                ("added_at", models.DateTimeField(verbose_name="added at")),
                ("submitted_event", models.UUIDField(null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
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
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="reporting.report",
                        verbose_name="report",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "ordering": ["added_at", "id"],
                "indexes": [
                    models.Index(fields=["sha256"], name="attachment_by_content"),
                    models.Index(
                        condition=models.Q(("verdict", ""), models.Q(("kind", "link"), _negated=True)),
                        fields=["added_at"],
                        name="attachment_to_be_scanned",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "link"), ("sha256", ""), ("size", 0)),
                            models.Q(
                                models.Q(("kind", "link"), _negated=True), models.Q(("sha256", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="attachment_is_a_file_or_a_link",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("submitted_event__isnull", True), models.Q(("name", ""), ("url", "")), _connector="OR"
                        ),
                        name="attachment_says_nothing_once_submitted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["", "clean", "infected"])),
                        name="attachment_verdict_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Preparation",
            fields=[
                (
                    "report",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="preparation",
                        serialize=False,
                        to="reporting.report",
                        verbose_name="report",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("prepared", "Waiting for the responsible person"),
                            ("sent_back", "Sent back by the responsible person"),
                            ("taken_back", "Taken back"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("number", models.IntegerField(default=1)),
                ("answers", models.JSONField()),
                ("narrative", models.JSONField()),
                ("decided_on", models.DateField(null=True, verbose_name="date of the decision")),
                ("document_number", models.TextField(blank=True, verbose_name="document number")),
                ("prepared_name", models.CharField(max_length=120, verbose_name="prepared by")),
                ("prepared_at", models.DateTimeField(verbose_name="prepared at")),
                ("comment", models.TextField(blank=True)),
                ("answered_name", models.CharField(blank=True, max_length=120)),
                ("answered_at", models.DateTimeField(null=True)),
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
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "prepared_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "report before sign-off",
                "verbose_name_plural": "reports before sign-off",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["prepared", "sent_back", "taken_back"])),
                        name="preparation_state_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewBegun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission", models.IntegerField()),
                ("begun_name", models.CharField(max_length=120)),
                ("begun_at", models.DateTimeField()),
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
                    "begun_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reporting.report",
                        verbose_name="report",
                    ),
                ),
            ],
            options={
                "verbose_name": "review begun",
                "verbose_name_plural": "reviews begun",
                "constraints": [
                    models.UniqueConstraint(fields=("report", "submission"), name="a_review_begins_once_per_submission")
                ],
            },
        ),
        migrations.CreateModel(
            name="SignOffRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wanted", models.BooleanField(verbose_name="wanted")),
                ("set_name", models.CharField(max_length=120)),
                ("set_at", models.DateTimeField()),
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
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-off of an agency",
                "verbose_name_plural": "sign-offs of agencies",
                "indexes": [models.Index(fields=["agency", "-id"], name="newest_sign_off_rule")],
            },
        ),
        # What has not been submitted is its agency's own: nobody at CSTI sees it.
        guard("reporting_attachment", all_see="submitted_event IS NOT NULL"),
        guard("reporting_preparation", all_see="false"),
        guard("reporting_signoffrule"),
        guard("reporting_reviewbegun"),
        *(
            same_agency(table, "report_id", "reporting_report")
            for table in ("reporting_attachment", "reporting_preparation", "reporting_reviewbegun")
        ),
    ]
