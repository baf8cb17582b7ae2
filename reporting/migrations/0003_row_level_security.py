from django.db import migrations

from agencies.row_security import guard, same_agency


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_the_log"), ("indicators", "0002_row_level_security")]

    operations = [
        # The append function runs as the table's owner, whom FORCE binds too; 'log' is the scope it sets for itself.
        guard(
            "event",
            "agency",
            national=True,
            or_else="current_setting('app.scope', true) = 'log'"
            " AND current_user = (SELECT tableowner FROM pg_tables WHERE tablename = 'event')",
        ),
        guard("reporting_eventtext", national=True),
        guard("reporting_report"),
        guard("reporting_figure"),
        guard("reporting_touchedcell", national=True),
        guard("reporting_rollup", national=True),
        guard("reporting_standing", national=True),
        guard("reporting_alert", national=True),
        guard("reporting_outboxmail"),
        same_agency("reporting_report", "assignment_id", "indicators_assignment"),
        migrations.RunSQL(
            "ALTER TABLE reporting_report ADD CONSTRAINT report_with_its_agency UNIQUE (id, agency_id)",
            "ALTER TABLE reporting_report DROP CONSTRAINT report_with_its_agency",
        ),
        same_agency("reporting_figure", "report_id", "reporting_report"),
    ]
