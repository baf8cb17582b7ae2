from pathlib import Path

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

SQL = Path(__file__).with_name("sql")
NEW = {
    "approved_version": models.IntegerField(default=0),
    "approved_event": models.UUIDField(null=True),
    "approved_at": models.DateTimeField(null=True, verbose_name="approved at"),
    "approved_name": models.CharField(blank=True, max_length=120, verbose_name="approved by"),
    "corrected": models.BooleanField(default=False, verbose_name="corrected"),
}
# Of a log without corrections: what is approved is in force, and was never anything else. The guard of the states knows
# the new columns only after it.
FILL = """
SELECT set_config('app.scope', 'all', true);
UPDATE {table} SET approved_version = submitted_version, approved_event = submitted_event, approved_at = decided_at,
    approved_name = decided_name
WHERE status = 'approved';
SELECT set_config('app.scope', '', true)
"""


class Migration(migrations.Migration):
    dependencies = [("reporting", "0023_append_answers_where_it_begins")]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
        *(
            migrations.AddField(model, name, field)
            for model in ("report", "reportstate")
            for name, field in NEW.items()
        ),
        *(
            migrations.RunSQL(FILL.format(table=table), migrations.RunSQL.noop)
            for table in ("reporting_report", "reporting_reportstate")
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="reportstate",
            name="a_state_is_only_ever_closed",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportstate",
            trigger=pgtrigger.compiler.Trigger(
                name="a_state_is_only_ever_closed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."from_position" IS DISTINCT FROM (NEW."from_position") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."submitted_version" IS DISTINCT FROM (NEW."submitted_version") OR OLD."submitted_event" IS DISTINCT FROM (NEW."submitted_event") OR OLD."submitted_at" IS DISTINCT FROM (NEW."submitted_at") OR OLD."submitted_by_id" IS DISTINCT FROM (NEW."submitted_by_id") OR OLD."submitted_unit_id" IS DISTINCT FROM (NEW."submitted_unit_id") OR OLD."submitted_name" IS DISTINCT FROM (NEW."submitted_name") OR OLD."late" IS DISTINCT FROM (NEW."late") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_name" IS DISTINCT FROM (NEW."decided_name") OR OLD."approved_version" IS DISTINCT FROM (NEW."approved_version") OR OLD."approved_event" IS DISTINCT FROM (NEW."approved_event") OR OLD."approved_at" IS DISTINCT FROM (NEW."approved_at") OR OLD."approved_name" IS DISTINCT FROM (NEW."approved_name") OR OLD."corrected" IS DISTINCT FROM (NEW."corrected") OR OLD."report_id" IS DISTINCT FROM (NEW."report_id") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="0da6db3d406bf1c689c16bafedaade916f87622e",
                    operation="UPDATE",
                    pgid="pgtrigger_a_state_is_only_ever_closed_b4327",
                    table="reporting_reportstate",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            "preparation",
            "correction",
            models.TextField(blank=True, verbose_name="reason of the correction"),
        ),
    ]
