import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard, same_agency

# The states of the reports that a log of before already tells of, each event's with what the last submission up to it
# said. The owner, whom row-level security binds too, sees all of it for this one statement.
FILL = """
SELECT set_config('app.scope', 'all', true);
WITH said AS (
    SELECT *, count(*) FILTER (WHERE type = 'ReportSubmitted') OVER (PARTITION BY stream ORDER BY version) AS submission
    FROM event WHERE type IN ('ReportSubmitted', 'ReportWithdrawn', 'ReportReturned', 'ReportApproved')
)
INSERT INTO reporting_reportstate (from_position, to_position, report_id, agency_id, status, version, submitted_version,
    submitted_event, submitted_at, submitted_by_id, submitted_unit_id, submitted_name, late, decided_at, decided_name)
SELECT e.position, lead(e.position) OVER (PARTITION BY e.stream ORDER BY e.version),
    (e.data ->> 'assignment') || '@' || (e.data ->> 'period'), e.agency, lower(substr(e.type, 7)), e.version, s.version,
    s.event_id, s.occurred_at, (s.meta ->> 'person')::bigint, (s.meta ->> 'unit')::bigint, s.meta ->> 'actor',
    (s.data ->> 'late')::boolean, CASE WHEN decision THEN e.occurred_at END,
    CASE WHEN decision THEN e.meta ->> 'actor' ELSE '' END
FROM said e
JOIN said s ON s.stream = e.stream AND s.submission = e.submission AND s.type = 'ReportSubmitted'
CROSS JOIN LATERAL (SELECT e.type IN ('ReportReturned', 'ReportApproved') AS decision) AS d;
SELECT set_config('app.scope', '', true)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_row_level_security"),
        ("reporting", "0004_tree_heads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_position", models.BigIntegerField(verbose_name="from position")),
                ("to_position", models.BigIntegerField(blank=True, null=True, verbose_name="to position")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Not submitted"),
                            ("submitted", "Waiting for review"),
                            ("withdrawn", "Withdrawn"),
                            ("returned", "Returned"),
                            ("approved", "Approved"),
                        ],
                        default="open",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("version", models.IntegerField(default=0, verbose_name="version")),
                ("submitted_version", models.IntegerField(default=0)),
                ("submitted_event", models.UUIDField(null=True)),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="submitted at")),
                ("submitted_name", models.CharField(blank=True, max_length=120, verbose_name="submitted by")),
                ("late", models.BooleanField(default=False, verbose_name="late")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("decided_name", models.CharField(blank=True, max_length=120, verbose_name="decided by")),
            ],
            options={
                "verbose_name": "state of a report",
                "verbose_name_plural": "states of reports",
            },
        ),
        migrations.RemoveIndex(
            model_name="report",
            name="report_waiting_for_review",
        ),
        migrations.AddField(
            model_name="reportstate",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="reportstate",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="states",
                to="reporting.report",
                verbose_name="report",
            ),
        ),
        migrations.AddField(
            model_name="reportstate",
            name="submitted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reportstate",
            name="submitted_unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"
            ),
        ),
        migrations.AddIndex(
            model_name="reportstate",
            index=models.Index(
                condition=models.Q(("status", "submitted"), ("to_position__isnull", True)),
                fields=["submitted_at"],
                name="state_waiting_for_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportstate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("to_position__isnull", True)),
                fields=("report",),
                name="one_state_in_force_per_report",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportstate",
            constraint=models.UniqueConstraint(fields=("report", "version"), name="one_state_per_event_of_a_report"),
        ),
        migrations.AddConstraint(
            model_name="reportstate",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "submitted", "withdrawn", "returned", "approved"])),
                name="state_is_known",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportstate",
            trigger=pgtrigger.compiler.Trigger(
                name="no_state_is_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="5d369e7741e87298f9de530cf13171217ae8d474",
                    operation="DELETE",
                    pgid="pgtrigger_no_state_is_deleted_b67ae",
                    table="reporting_reportstate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportstate",
            trigger=pgtrigger.compiler.Trigger(
                name="a_state_is_only_ever_closed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."from_position" IS DISTINCT FROM (NEW."from_position") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."submitted_version" IS DISTINCT FROM (NEW."submitted_version") OR OLD."submitted_event" IS DISTINCT FROM (NEW."submitted_event") OR OLD."submitted_at" IS DISTINCT FROM (NEW."submitted_at") OR OLD."submitted_by_id" IS DISTINCT FROM (NEW."submitted_by_id") OR OLD."submitted_unit_id" IS DISTINCT FROM (NEW."submitted_unit_id") OR OLD."submitted_name" IS DISTINCT FROM (NEW."submitted_name") OR OLD."late" IS DISTINCT FROM (NEW."late") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_name" IS DISTINCT FROM (NEW."decided_name") OR OLD."report_id" IS DISTINCT FROM (NEW."report_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="ecc8e46606e5f7ec30490ad3f80ba64e91ad76b6",
                    operation="UPDATE",
                    pgid="pgtrigger_a_state_is_only_ever_closed_b4327",
                    table="reporting_reportstate",
                    when="BEFORE",
                ),
            ),
        ),
        guard("reporting_reportstate"),
        same_agency("reporting_reportstate", "report_id", "reporting_report"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
