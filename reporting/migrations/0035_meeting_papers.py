import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard

OWN = "person_id::text = (SELECT nullif(current_setting('app.person', true), ''))"
FILE = "reporting_paperfile"


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("reporting", "0034_editions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PaperJob",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("person_name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("national", "the nation"),
                            ("pillar", "a pillar"),
                            ("indicator", "an indicator"),
                            ("agency", "an agency"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=64)),
                (
                    "form",
                    models.CharField(choices=[("pdf", "PDF"), ("xlsx", "Excel")], max_length=4, verbose_name="form"),
                ),
                ("language", models.CharField(max_length=8)),
                ("as_of", models.CharField(blank=True, max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be made"),
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Could not be made"),
                            ("forgotten", "No longer kept"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("numbers", "Collecting the numbers"),
                            ("setting", "Drawing charts and setting pages"),
                            ("keeping", "Storing the file"),
                        ],
                        max_length=8,
                    ),
                ),
                ("progress", models.SmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("leased_until", models.DateTimeField(null=True)),
                ("tries", models.SmallIntegerField(default=0)),
                ("failure", models.CharField(blank=True, max_length=40)),
                ("made_at", models.DateTimeField(null=True)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("position", models.BigIntegerField(null=True)),
                ("moment", models.DateTimeField(null=True)),
                ("same", models.CharField(blank=True, max_length=40)),
                (
                    "indicators",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), default=list, size=None
                    ),
                ),
                ("size", models.IntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
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
                "verbose_name": "meeting paper",
                "verbose_name_plural": "meeting papers",
            },
        ),
        migrations.CreateModel(
            name="PaperFile",
            fields=[
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="reporting.paperjob",
                    ),
                ),
                ("content", models.BinaryField()),
                ("kept_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a meeting paper",
                "verbose_name_plural": "files of meeting papers",
            },
        ),
        migrations.AddIndex(
            model_name="paperjob",
            index=models.Index(fields=["person", "-noted_at"], name="paper_by_person"),
        ),
        migrations.AddIndex(
            model_name="paperjob",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "making"])), fields=["noted_at"], name="paper_to_make"
            ),
        ),
        migrations.AddIndex(
            model_name="paperjob",
            index=django.contrib.postgres.indexes.GinIndex(fields=["indicators"], name="paper_by_indicator"),
        ),
        migrations.AddConstraint(
            model_name="paperjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "making", "ready", "failed", "forgotten"])),
                name="paper_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="paperjob",
            constraint=models.UniqueConstraint(fields=("id", "person"), name="paper_with_its_person"),
        ),
        guard("reporting_paperjob"),
        # A file is its person's, whatever else they may see; followers write and forget it.
        migrations.RunSQL(
            [
                f"ALTER TABLE {FILE} ADD CONSTRAINT paper_file_of_the_same_person FOREIGN KEY (job_id, person_id)"
                " REFERENCES reporting_paperjob (id, person_id) DEFERRABLE INITIALLY DEFERRED",
                f"ALTER TABLE {FILE} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {FILE} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY by_person ON {FILE} USING ({OWN}) WITH CHECK ({OWN})",
                f"CREATE POLICY followers ON {FILE} TO shinchoku_follower USING (true) WITH CHECK (true)",
            ],
            [
                f"DROP POLICY followers ON {FILE}",
                f"DROP POLICY by_person ON {FILE}",
                f"ALTER TABLE {FILE} DROP CONSTRAINT paper_file_of_the_same_person",
            ],
        ),
    ]
