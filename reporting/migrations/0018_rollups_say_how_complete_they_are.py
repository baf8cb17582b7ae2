from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).with_name("sql")
CELL = ["indicator", "period", "scope", "agency", "domain", "component"]

# A kind may be of a single agency, and its sum that agency's own figure, what waits for approval included.
KINDS_ONLY_FOR_ALL = """
CREATE POLICY kinds_for_who_sees_all ON {table} AS RESTRICTIVE
USING (scope <> 'kind' OR (SELECT current_setting('app.scope', true)) = 'all')
WITH CHECK (scope <> 'kind' OR (SELECT current_setting('app.scope', true)) = 'all')
"""
# What an older release has computed says nothing of weights, and of kinds there is nothing yet.
ALL_ANEW = """
INSERT INTO reporting_touchedcell (indicator_id, period, scope, agency_id, domain_id, component, kind, position)
SELECT c.*, f.position FROM (
    SELECT r.indicator_id, r.period, r.scope, r.agency_id, r.domain_id, r.component, r.kind FROM reporting_rollup r
    UNION
    SELECT r.indicator_id, r.period, 'kind', NULL, r.domain_id, r.component, p.kind
    FROM reporting_rollup r JOIN agencies_agencyprofile p ON p.agency_id = r.agency_id
    WHERE r.scope = 'agency' AND (p.to_position IS NULL OR p.to_position > (
        SELECT min(g.from_position) FROM reporting_figure g WHERE g.agency_id = p.agency_id))
) c CROSS JOIN reporting_follower f WHERE f.name = 'rollups'
ON CONFLICT DO NOTHING
"""
SEE_ALL, FORGET = (f"SELECT set_config('app.scope', '{scope}', true)" for scope in ("all", ""))
FINDINGS = """
UPDATE reporting_finding SET key = regexp_replace(key, ']$', ', null]') WHERE kind = 'rollup'
"""


def counted(name: str, verbose: str) -> migrations.AddField:
    return migrations.AddField("rollup", name, models.IntegerField(default=0, verbose_name=verbose))


def weighed(name: str, verbose: str) -> migrations.AddField:
    field = models.DecimalField(decimal_places=6, default=0, max_digits=30, verbose_name=verbose)
    return migrations.AddField("rollup", name, field)


def by_kind(model: str, constraint: str) -> list[migrations.operations.base.Operation]:
    scope = models.CharField(
        choices=[
            ("nation", "nation"),
            ("ministry", "supervising ministry"),
            ("agency", "agency"),
            ("kind", "kind of agency"),
        ],
        max_length=8,
        verbose_name="scope",
    )
    table = f"reporting_{model}"
    return [
        migrations.AddField(model, "kind", models.CharField(max_length=32, null=True, verbose_name="kind of agency")),
        migrations.AlterField(model, "scope", scope),
        migrations.RemoveConstraint(model, constraint),
        migrations.AddConstraint(
            model, models.UniqueConstraint(fields=[*CELL, "kind"], nulls_distinct=False, name=constraint)
        ),
        migrations.RunSQL(KINDS_ONLY_FOR_ALL.format(table=table), f"DROP POLICY kinds_for_who_sees_all ON {table}"),
    ]


class Migration(migrations.Migration):
    dependencies = [("reporting", "0017_uploads"), ("indicators", "0004_weights")]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
        *by_kind("rollup", "one_rollup_per_cell"),
        *by_kind("touchedcell", "a_cell_is_touched_once"),
        weighed("expected_weight", "weight expected"),
        weighed("complete_weight", "weight complete"),
        counted("nothing", "agencies with nothing to report"),
        counted("not_measurable", "agencies that cannot measure it yet"),
        counted("carried", "agencies whose last value stands in"),
        migrations.AddField("rollup", "lower_bound", models.BooleanField(default=False, verbose_name="lower bound")),
        migrations.RunSQL(
            [SEE_ALL, ALL_ANEW, FINDINGS, FORGET],
            [SEE_ALL, "DELETE FROM reporting_rollup WHERE scope = 'kind'",
             "DELETE FROM reporting_touchedcell WHERE scope = 'kind'", FORGET],
        ),
    ]  # fmt: skip
