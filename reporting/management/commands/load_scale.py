"""`manage.py load_scale`: a made-up country of 800 agencies, 20 quarters and 100 measures, all of it through the log.

Its events are made and hashed by all processors, copied into a staging table and appended by the log's own function;
the tables built from them are filled by the rebuild's SQL. The same seed gives the same events. Broken off, it goes on
after the last batch appended. The database becomes a sample for ever: its log is sealed with the made-up clock.
"""

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from multiprocessing import get_context
from typing import Any

import django
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg import sql

from agencies import access
from agencies.models import AgencyProfile, Membership, Person, Role, Unit
from indicators.models import Assignment, IndicatorDefinition, PlanNode, Target
from indicators.periods import JST
from reporting import event_store
from reporting.commands import plan as plans
from reporting.domain import events as names
from reporting.event_store import NewEvent
from reporting.event_store.staged import Staging, batches
from reporting.management import scale
from reporting.management.commands.load_plan import SHIPPED
from reporting.projections import cuts
from reporting.projections import plan as projection
from reporting.projections.rebuild.beside import PROGRESS, Connection, done, mark, owner, owner_address
from reporting.projections.rebuild.build import fill_live
from reporting.queries.calendar import periods_of
from reporting.tasks import seal_log

FOUNDATION = datetime(2026, 4, 1, 9, tzinfo=JST)
ACTOR = access.system("load_scale")
BATCH = 5_000  # events of one transaction
ASSIGNMENTS = 2_000  # of one transaction
SLICE = 25  # agencies that one process makes at a time
QUARTERS = [period.code for period in periods_of("quarterly", 2026, 2030) if not period.final]


TEXTS = """
INSERT INTO reporting_eventtext (event_id, field, agency_id, salt, text)
SELECT event_id, field, agency, salt, text FROM scale.text ON CONFLICT (event_id, field) DO NOTHING
"""
FILLED = ("reporting_report", "reporting_reportstate", "reporting_figure", "reporting_rollup")
KEEP = """
CREATE TABLE IF NOT EXISTS scale.foreign_key AS
SELECT conrelid::regclass::text AS of_table, conname::text AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY (%s)
"""


@dataclass(frozen=True)
class Country:
    measures: list[scale.Measure]
    reporters: list[scale.Reporter]
    reviewer: dict[str, Any]


class Command(BaseCommand):
    help = (
        "Fill an empty database, or one that holds a sample, with made-up reports by the million. "
        "By default 800 agencies report 100 measures in 20 quarters."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agencies", type=int, default=800)
        parser.add_argument("--quarters", type=int, default=len(QUARTERS), help=f"1 to {len(QUARTERS)}, from FY2026Q1")
        parser.add_argument("--measures", type=int, default=100)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that make events")

    def handle(self, *args: Any, **options: Any) -> None:
        size = {name: options[name] for name in ("agencies", "quarters", "measures", "seed")}
        if not (1 <= size["agencies"] <= 9_999 and 1 <= size["quarters"] <= len(QUARTERS) and size["measures"] >= 1):
            raise CommandError(f"1 to 9999 agencies, 1 to {len(QUARTERS)} quarters, at least 1 measure")
        began = time.monotonic()
        with owner(path="public") as connection:
            connection.execute("SET synchronous_commit = off")  # what a power cut takes is made again
            base = self._claim(connection, size)
            country = self._foundation(size["agencies"], size["measures"])
            self._log(connection, size, country, options["workers"])
            self._tables(connection, base)
            self._cuts()
            connection.execute("UPDATE log_head SET sample = 'replayed'")
        self._say(f"{event_store.head().position:,} events in the log; {time.monotonic() - began:.0f} s in all")

    def _claim(self, connection: Connection, size: dict[str, int]) -> int:
        """An empty log becomes a sample; a sample may grow; a real one is refused. Returns the position before."""
        with connection.transaction():
            position, sample = connection.execute("SELECT position, sample FROM log_head").fetchone() or (0, "")
            if position and not sample:
                raise CommandError("this log holds real events: load_scale is for an empty database, or for a sample")
            connection.execute("UPDATE log_head SET sample = 'replaying'")
            connection.execute("CREATE SCHEMA IF NOT EXISTS scale")
            connection.execute("CREATE TABLE IF NOT EXISTS scale.load (size text, base bigint)")
            connection.execute(PROGRESS.format(schema=scale.SCHEMA).encode())
            wanted = json.dumps(size)
            known = connection.execute("SELECT size, base FROM scale.load").fetchone()
            if known and known[0] != wanted:
                raise CommandError(f"this database holds a load of another size: {known[0]}")
            if known is None:
                connection.execute("INSERT INTO scale.load VALUES (%s, %s)", [wanted, position])
            return known[1] if known else position

    def _foundation(self, agencies: int, measures: int) -> Country:
        """The shipped plan, as many measures as are wanted, agencies with a reporter each, their assignments."""
        plans.load_plan(
            actor=ACTOR, text=SHIPPED.read_text(encoding="utf-8"), file=SHIPPED.name, reason="", now=FOUNDATION
        )
        with access.reading(ACTOR):
            ministries = AgencyProfile.objects.filter(to_position=None, kind="ministry").order_by("agency_id")
            supervisors = list(ministries.values_list("agency_id", flat=True))
        rows = [
            {
                "code": f"SC{i:04}", "name_ja": f"規模見本機関{i:04}", "name_en": f"Scale Sample Agency {i:04}",
                "kind": "institute", "supervisors": [supervisors[i % len(supervisors)]], "corporate_number": "",
                "sample": True,
            }
            for i in range(1, agencies + 1)
        ]  # fmt: skip
        plans.register_agencies(actor=ACTOR, agencies=rows, now=FOUNDATION)
        codes = [str(row["code"]) for row in rows]
        chosen = _measures(measures)
        _assign(codes, chosen)
        _aim(chosen, agencies)
        self._say(f"  {len(chosen)} measures, {agencies} agencies, {agencies * len(chosen):,} assignments")
        return Country(chosen, *_people(codes))

    def _log(self, connection: Connection, size: dict[str, int], country: Country, workers: int) -> None:
        staging, finished = Staging(scale.SCHEMA), done(connection, "log", scale.SCHEMA)
        with _processes(workers) as pool:
            for number in range(size["quarters"]):
                if number in finished:
                    continue
                staging.clear(connection)
                connection.execute("DROP TABLE IF EXISTS scale.text")
                connection.execute(
                    "CREATE UNLOGGED TABLE scale.text (event_id uuid, field text, agency text, salt bytea, text text)"
                )
                began = time.monotonic()
                parts = [
                    scale.Part(
                        size["seed"], QUARTERS[number], number == size["quarters"] - 1,
                        country.reporters[i : i + SLICE], country.measures, country.reviewer,
                    )
                    for i in range(0, len(country.reporters), SLICE)
                ]  # fmt: skip
                list(pool.map(scale.fill, parts, repeat(owner_address())))
                made = staging.number(connection)
                appending = time.monotonic()
                for first, last in batches(made, BATCH):
                    with connection.transaction():
                        staging.append(connection, first, last)
                        if last == made:
                            connection.execute(TEXTS)
                            mark(connection, "log", number, made, scale.SCHEMA)
                    seal_log()  # each with its head, so that "as of" a moment between means something
                ended = time.monotonic()
                self._say(
                    f"  {QUARTERS[number]}: {made:,} events; made, hashed, staged {made / (appending - began):,.0f}/s, "
                    f"appended and sealed {made / (ended - appending):,.0f}/s"
                )
        for table in ("staged", "ordered", "text"):
            connection.execute(f"DROP TABLE IF EXISTS scale.{table}".encode())

    def _tables(self, connection: Connection, base: int) -> None:
        connection.execute("VACUUM ANALYZE event")
        began = time.monotonic()
        _drop_foreign_keys(connection)
        fill_live(connection, base, scale.SCHEMA, self._say)
        _add_foreign_keys(connection)
        self._say(f"  tables filled, foreign keys checked, in {time.monotonic() - began:.0f} s")
        for table in FILLED:
            connection.execute(f"VACUUM ANALYZE {table}".encode())

    def _cuts(self) -> None:
        began = time.monotonic()
        number = cuts.cut_all(self._say)
        self._say(f"  {number:,} cuts of the past in {time.monotonic() - began:.0f} s")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _drop_foreign_keys(connection: Connection) -> None:
    """Row by row they cost more than all the rest; added again, all are checked at once. What they were is kept in a
    table, so that a load that is broken off in between puts them back when it goes on."""
    with connection.transaction():
        connection.execute(KEEP.encode(), [list(FILLED)])
        for table, name in connection.execute("SELECT of_table, name FROM scale.foreign_key").fetchall():
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}")
            connection.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))


def _add_foreign_keys(connection: Connection) -> None:
    with connection.transaction():
        for table, name, definition in connection.execute("SELECT * FROM scale.foreign_key").fetchall():
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
            connection.execute(add.format(sql.Identifier(table), sql.Identifier(name), sql.SQL(definition)))
        connection.execute("DROP TABLE scale.foreign_key")


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    if workers == 1:
        with ThreadPoolExecutor(1) as pool:
            yield pool
        return
    # Spawned, not forked: database connections and their threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        yield pool


def _measures(wanted: int) -> list[scale.Measure]:
    """Measures with one indicator of one number; where the plan has too few, more are adopted into its last area."""
    with access.reading(ACTOR):
        definitions = IndicatorDefinition.objects.filter(
            to_position=None, indicator__node__level="measure", indicator__headline=False, components=[]
        )
        found = {
            d.indicator.node_id: scale.Measure(d.indicator.node_id, d.indicator_id, d.aggregation)
            for d in definitions.select_related("indicator").order_by("indicator__order")
        }
        area = PlanNode.objects.filter(level="area").order_by("-order")[0]
    missing = [f"{area.code}.S{i}" for i in range(1, wanted - len(found) + 1)]
    events: list[NewEvent] = []
    for i, code in enumerate(missing, start=1):
        said = {"name_ja": f"規模見本施策{i}", "name_en": f"Scale sample measure {i}"}
        events.append(_event(
            names.plan_stream(area.plan_id), "PlanNodeAdopted",
            {"code": code, "plan": area.plan_id, "parent": area.code, "level": "measure", "order": 1_000 + i,
             "programmes": [], "source_lines": [], "counts_in_rollups": True, **said},
        ))  # fmt: skip
        events.append(_event(
            names.indicator_stream(code), "IndicatorDefined",
            {"code": code, "node": code, "headline": False, "order": 1_000 + i, "unit": "件", "logic_level": "activity",
             "higher_is_better": True, "aggregation": "sum_of_flows", "frequency": "", "components": [],
             "numerator": "", "denominator": "", "by_domain": False, "trajectory": {"shape": "linear"},
             "noise_sigma": "0.02", "tolerance": "0", "observation_offset_years": 0, "responsible": "CAO",
             "assumed": [], "document_ja": [], "source": {}, "decision": {}, "natural_limit": None, "pace_window": 5,
             "reason": "", "weights": {}, "disclosure": "closed", **said},
        ))  # fmt: skip
        found[code] = scale.Measure(code, code, "sum_of_flows")
    _append(events)
    return list(found.values())[:wanted]


def _assign(agencies: list[str], measures: list[scale.Measure]) -> None:
    with access.reading(ACTOR):
        known = set(Assignment.objects.filter(agency__in=agencies).values_list("id", flat=True))
    todo = [(agency, measure) for agency in agencies for measure in measures if f"{agency}.{measure.node}" not in known]
    for i in range(0, len(todo), ASSIGNMENTS):
        _append([
            _event(
                names.assignment_stream(f"{agency}.{measure.node}"), "AgencyAssigned",
                {"id": f"{agency}.{measure.node}", "agency": agency, "node": measure.node, "role": "contributor",
                 "frequency": "quarterly", "via_group": "", "assumed": True,
                 "indicators": [{"indicator": measure.indicator, "frequency": "quarterly"}]},
            )
            for agency, measure in todo[i : i + ASSIGNMENTS]
        ])  # fmt: skip


def _aim(measures: list[scale.Measure], agencies: int) -> None:
    """A target of the nation for each, so that all of them are judged: what the figures will come to, about."""
    with access.reading(ACTOR):
        known = set(Target.objects.filter(agency=None, domain=None).values_list("indicator", flat=True))
    levels = {"ratio_of_sums": "55", "stages_0_4": "4", "binary_all": "1", "external_rank": "10"}
    summed = {"stock_latest_sum": 1, "stock_latest_sum_dedup": 1, "cumulative_sum": 20}
    _append([
        _event(
            names.target_stream(measure.indicator, None), "TargetSet",
            {"indicator": measure.indicator, "agency": None, "domain": None, "component": None,
             "kind": "cumulative" if measure.aggregation == "cumulative_sum" else "level", "year": 2030,
             "value": levels.get(measure.aggregation) or str(50_000 * summed.get(measure.aggregation, 4) * agencies),
             "approximate": False, "window_from": 2026 if measure.aggregation == "cumulative_sum" else None,
             "baseline_value": "0", "baseline_year": "2025", "baseline_period": "FY2025", "baseline_kind": "level",
             "trajectory": {"shape": "linear"}, "assumed": ["value", "year", "baseline"], "reason": "規模見本",
             "proposal": None, "source": "sample"},
        )
        for measure in measures
        if measure.indicator not in known
    ])  # fmt: skip


def _event(stream: str, type_: str, data: dict[str, Any]) -> NewEvent:
    return NewEvent(
        stream=stream,
        type=type_,
        data=data,
        meta=ACTOR.as_meta(),
        occurred_at=FOUNDATION,
        schema_version=names.EVENTS[type_],
    )


def _append(events: list[NewEvent]) -> None:
    """What is already said is not said again: a stream that exists is at its last word."""
    with access.acting(ACTOR):
        known = set(
            PlanNode.objects.filter(code__in=[e.data["code"] for e in events if "code" in e.data])
            .values_list("code", flat=True)
        )  # fmt: skip
        new = [e for e in events if e.data.get("code") not in known]
        projection.apply(new, event_store.append(new))


def _people(agencies: list[str]) -> tuple[list[scale.Reporter], dict[str, Any]]:
    """A reporter in each agency and a reviewer of CSTI; nobody can sign in as them until they are given a password."""
    units, people = {}, {}
    with access.acting(ACTOR):
        for code in [*agencies, "CAO"]:
            role, name = (Role.REVIEWER, "規模見本審査") if code == "CAO" else (Role.REPORTER, f"規模見本 {code}")
            people[code], _ = Person.objects.get_or_create(
                username=f"scale-{code.lower()}", defaults={"name": name, "password": make_password(None)}
            )
            units[code], _ = Unit.objects.get_or_create(
                agency_id=code, code="scale", defaults={"name_ja": "規模見本課", "name_en": "Scale sample unit"}
            )
            Membership.objects.get_or_create(person=people[code], unit=units[code], agency_id=code, role=role)

    def meta(code: str, role: Role) -> dict[str, Any]:
        return {
            "actor": people[code].name, "person": people[code].pk, "role": str(role), "unit": units[code].pk,
            "agency": code,
        }  # fmt: skip

    return [scale.Reporter(code, meta(code, Role.REPORTER)) for code in agencies], meta("CAO", Role.REVIEWER)
