import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard, same_agency


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_row_level_security"),
        ("reporting", "0016_attachments_and_sign_off"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("person_name", models.CharField(max_length=120)),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("kind", models.CharField(max_length=4)),
                ("size", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be checked"),
                            ("checking", "Being checked"),
                            ("refused", "Has errors"),
                            ("ready", "Checked; waits for confirmation"),
                            ("confirmed", "Confirmed"),
                            ("discarded", "Discarded"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("progress", models.SmallIntegerField(default=0)),
                ("uploaded_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_name", models.CharField(blank=True, max_length=120)),
                ("refusal", models.JSONField(null=True)),
                ("said", models.JSONField(null=True)),
                ("problems", models.IntegerField(default=0)),
                ("changes", models.IntegerField(default=0)),
                ("changed_reports", models.IntegerField(default=0)),
                ("unchanged_reports", models.IntegerField(default=0)),
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
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.membership"
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
                "verbose_name": "uploaded file",
                "verbose_name_plural": "uploaded files",
            },
        ),
        migrations.CreateModel(
            name="UploadLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("problem", "error"), ("note", "notice"), ("change", "change")], max_length=8
                    ),
                ),
                ("sheet", models.CharField(max_length=40)),
                ("cell", models.CharField(max_length=16)),
                ("report", models.CharField(max_length=120)),
                ("field", models.CharField(max_length=120)),
                ("part", models.CharField(max_length=60)),
                ("old", models.TextField()),
                ("new", models.TextField()),
                ("code", models.CharField(max_length=40)),
                ("params", models.JSONField(default=dict)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="reporting.upload"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["agency", "-uploaded_at"], name="upload_by_agency"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "checking"])),
                fields=["uploaded_at"],
                name="upload_to_check",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "checking", "refused", "ready", "confirmed", "discarded"])
                ),
                name="upload_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(fields=("id", "agency"), name="upload_with_its_agency"),
        ),
        migrations.AddConstraint(
            model_name="uploadline",
            constraint=models.UniqueConstraint(
                fields=("upload", "kind", "number"), name="one_line_per_number_of_an_upload"
            ),
        ),
        guard("reporting_upload"),
        guard("reporting_uploadline"),
        same_agency("reporting_uploadline", "upload_id", "reporting_upload"),
    ]
