from pathlib import Path

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"
FILES = "reporting_editionfile"
# What is not published is shown to those who see every agency, whatever a query forgets to ask for.
SHOWN = f"""(SELECT current_setting('app.scope', true)) = 'all' OR EXISTS (
    SELECT FROM reporting_edition e WHERE e.number = {FILES}.edition_id AND e.state = 'published')"""


class Migration(migrations.Migration):
    """Editions: their rows, their files for ever; what is defined says who may be told."""

    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("indicators", "0006_disclosure"),
        ("reporting", "0033_cuts_of_the_past"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("number", models.IntegerField(primary_key=True, serialize=False, verbose_name="number")),
                ("title_ja", models.CharField(max_length=120, verbose_name="title (Japanese)")),
                ("title_en", models.CharField(max_length=120, verbose_name="title (English)")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("position", models.BigIntegerField(verbose_name="position")),
                ("moment", models.DateTimeField()),
                ("disclosure", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("drafted", "Draft"), ("published", "Published"), ("dropped", "Dropped")],
                        default="drafted",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("version", models.IntegerField(verbose_name="version")),
                ("drafted_at", models.DateTimeField()),
                ("drafted_name", models.CharField(max_length=120)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("progress", models.SmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("prepared_at", models.DateTimeField(null=True)),
                ("numbers", models.JSONField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_name", models.CharField(blank=True, max_length=120)),
                ("published_position", models.BigIntegerField(null=True)),
                ("witnessed", models.BooleanField(default=False)),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "drafted_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "edition",
                "verbose_name_plural": "editions",
            },
        ),
        migrations.CreateModel(
            name="EditionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[("figure", "figure"), ("target", "target"), ("standing", "Standing")], max_length=8
                    ),
                ),
                ("indicator", models.CharField(max_length=32)),
                ("year", models.SmallIntegerField(null=True)),
                ("published", models.TextField(blank=True)),
                ("value", models.TextField(blank=True)),
                ("position", models.BigIntegerField()),
                ("found_at", models.DateTimeField()),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="reporting.edition"
                    ),
                ),
            ],
            options={
                "verbose_name": "change since an edition",
                "verbose_name_plural": "changes since an edition",
            },
        ),
        migrations.CreateModel(
            name="EditionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="file")),
                ("content_type", models.CharField(max_length=80)),
                ("size", models.IntegerField(verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="reporting.edition"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of an edition",
                "verbose_name_plural": "files of editions",
            },
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["drafted", "published", "dropped"])), name="edition_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True),
                    models.Q(("prepared_at__isnull", False), ("published_position__isnull", False)),
                    _connector="OR",
                ),
                name="a_published_edition_has_its_files",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edition",
            trigger=pgtrigger.compiler.Trigger(
                name="no_edition_is_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="ebd906196b876393a211cb01f3cdab1d8ff3d0af",
                    operation="DELETE",
                    pgid="pgtrigger_no_edition_is_deleted_c7846",
                    table="reporting_edition",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edition",
            trigger=pgtrigger.compiler.Trigger(
                name="an_edition_stays_what_it_says",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition=(
                        'WHEN (OLD."number" IS DISTINCT FROM (NEW."number") OR '
                        'OLD."title_ja" IS DISTINCT FROM (NEW."title_ja") OR '
                        'OLD."title_en" IS DISTINCT FROM (NEW."title_en") OR '
                        'OLD."note" IS DISTINCT FROM (NEW."note") OR '
                        'OLD."position" IS DISTINCT FROM (NEW."position") OR '
                        'OLD."moment" IS DISTINCT FROM (NEW."moment") OR '
                        'OLD."disclosure" IS DISTINCT FROM (NEW."disclosure"))'
                    ),
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="081c02b135b8b6030c9ce09ed21e0cd5fc3e59c2",
                    operation="UPDATE",
                    pgid="pgtrigger_an_edition_stays_what_it_says_25c67",
                    table="reporting_edition",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="editionchange",
            index=models.Index(fields=["edition", "-found_at"], name="change_by_edition"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="editionchange",
            trigger=pgtrigger.compiler.Trigger(
                name="no_edition_change_is_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c9c900018b9a75d63b72fa3185612de2952660ef",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_no_edition_change_is_changed_a71bf",
                    table="reporting_editionchange",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="editionfile",
            constraint=models.UniqueConstraint(fields=("edition", "name"), name="one_file_per_name_of_an_edition"),
        ),
        # As the log: nobody changes what was published, ALWAYS under session_replication_role = replica too.
        migrations.RunSQL(
            [
                f"CREATE TRIGGER editionfile_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {FILES}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
                f"ALTER TABLE {FILES} ENABLE ALWAYS TRIGGER editionfile_is_append_only",
                f"ALTER TABLE {FILES} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {FILES} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY what_is_published ON {FILES} FOR SELECT USING ({SHOWN})",
                f"CREATE POLICY followers ON {FILES} TO shinchoku_follower USING (true) WITH CHECK (true)",
            ],
            [
                f"DROP POLICY followers ON {FILES}",
                f"DROP POLICY what_is_published ON {FILES}",
                f"DROP TRIGGER editionfile_is_append_only ON {FILES}",
            ],
        ),
        migrations.RunSQL((SQL / "event_current.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
