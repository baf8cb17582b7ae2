"""A made-up country whose reports live at random, written into the tables of facts as the folds would write them.

A tree of five levels, agencies of several kinds under several ministries, indicators of all kinds, asked for by the
month, the quarter, the half year and the year, in domains and components; figures that are submitted, withdrawn, sent
back, approved, corrected, late and never sent; and now and then the plan changes. Set-based, and not by commands: these
take some fifty statements a report.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg

Superuser = psycopg.Connection[Any]

KINDS = (
    "sum_of_flows", "sum_of_flows_dedup", "cumulative_sum", "ratio_of_sums", "weighted_mean", "stock_latest_sum",
    "stock_latest_sum_dedup", "external_rank", "binary_all", "stages_0_4",
    "self_rating",
)  # fmt: skip
STEPS = ("stages_0_4", "self_rating", "binary_all", "external_rank")
FREQUENCIES = ("yearly", "half_yearly", "quarterly", "quarterly", "monthly")
AGENCY_KINDS = ("university", "institute", "funding_agency", "ministry")
LEVELS = ("plan", "pillar", "area", "measure", "measure")
FIGURE = (
    "report_id", "agency_id", "indicator_id", "period", "year_period", "domain_id", "component", "answer", "value",
    "numerator", "denominator", "counted_elsewhere", "raw", "approved", "from_position", "to_position",
)  # fmt: skip
ASKED = """
INSERT INTO indicators_assignedindicator (assignment_id, agency_id, indicator_id, frequency, from_position)
VALUES (%s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class Size:
    agencies: int = 9
    ministries: int = 3
    supervisors: int = 3  # an agency has at most so many ministries
    indicators: int = 11
    asked: int = 4  # agencies an indicator is asked of
    years: tuple[int, ...] = (2026, 2027)
    batches: int = 3


@dataclass
class Entry:
    indicator: str
    agency: str
    frequency: str
    parts: list[tuple[str | None, str | None]]

    @property
    def assignment(self) -> str:
        return f"{self.agency}.N{self.indicator}"


@dataclass
class Country:
    seed: int
    size: Size
    first: int  # the first position
    position: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    agencies: list[str] = field(default_factory=list)
    ministries: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.position = self.first
        self._waiting: dict[str, int] = {}  # by report, the position that opened what waits
        self._in_force: dict[str, int] = {}

    # --- what there is

    def found(self, db: Superuser) -> None:
        """Nodes, agencies, indicators and who is asked for what, all at the first position."""
        dice, size, at = self.dice, self.size, self.first
        with db.transaction():
            nodes = [("RX", None, 0)]
            for number in range(12):
                parent, depth = dice.choice([(code, depth) for code, _, depth in nodes if depth < 4])
                nodes.append((f"RX{number}", parent, depth + 1))
            plan = db.execute("SELECT code FROM indicators_plan").fetchone()
            assert plan
            for code, parent, depth in nodes:
                self._node(db, code, parent, LEVELS[depth], plan[0])
            self.ministries = [f"RM{i}" for i in range(size.ministries)]
            self.agencies = self.ministries + [f"RA{i:03}" for i in range(size.agencies - size.ministries)]
            for code in self.agencies:
                kind = "ministry" if code in self.ministries else dice.choice(AGENCY_KINDS[:3])
                db.execute(
                    "INSERT INTO agencies_agency (code, name_ja, name_en, corporate_number, sample)"
                    " VALUES (%s, %s, %s, '', true)", [code, code, code],
                )  # fmt: skip
                self._profile(db, code, kind, at)
            domains = [row[0] for row in db.execute("SELECT code FROM indicators_domain ORDER BY code LIMIT 3")]
            for number in range(size.indicators):
                code = f"RI{number:04}"
                self.kinds[code] = KINDS[number % len(KINDS)]
                node = f"N{code}"
                self._node(db, node, dice.choice(nodes)[0], "measure", plan[0])
                db.execute(
                    "INSERT INTO indicators_indicator (code, node_id, headline, name_ja, name_en, \"order\")"
                    " VALUES (%s, %s, false, %s, %s, 0)", [code, node, code, code],
                )  # fmt: skip
                self._definition(db, code, at)
                parts: list[tuple[str | None, str | None]] = [(None, None)]
                parts += [(domain, None) for domain in domains[: dice.choice([0, 0, 1, 2])]]
                parts += [(None, part) for part in ("former", "new")[: dice.choice([0, 0, 0, 2])]]
                self.entries += [
                    Entry(code, agency, dice.choice(FREQUENCIES), parts)
                    for agency in dice.sample(self.agencies, min(size.asked, len(self.agencies)))
                ]
            with db.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO indicators_assignment"
                    " (id, agency_id, node_id, role, frequency, via_group, assumed, from_position)"
                    " VALUES (%s, %s, %s, 'lead', %s, '', true, %s)",
                    [(e.assignment, e.agency, f"N{e.indicator}", e.frequency, at) for e in self.entries],
                )
                cursor.executemany(
                    ASKED, [(e.assignment, e.agency, e.indicator, e.frequency, at) for e in self.entries]
                )

    def _node(self, db: Superuser, code: str, parent: str | None, level: str, plan: str) -> None:
        db.execute(
            'INSERT INTO indicators_plannode (code, plan_id, level, parent_id, "order", name_ja, name_en, programmes,'
            " source_lines, counts_in_rollups, from_position) VALUES (%s, %s, %s, %s, 0, %s, %s, '{}', '{}', true, %s)",
            [code, plan, level, parent, code, code, self.first],
        )

    def _profile(self, db: Superuser, code: str, kind: str, at: int) -> None:
        supervisors = self.dice.sample(self.ministries, self.dice.randrange(self.size.supervisors + 1))
        db.execute(
            "UPDATE agencies_agencyprofile SET to_position = %s WHERE agency_id = %s AND to_position IS NULL",
            [at, code],
        )
        db.execute(
            "INSERT INTO agencies_agencyprofile (agency_id, kind, supervisors, from_position) VALUES (%s, %s, %s, %s)",
            [code, kind, supervisors, at],
        )

    def _definition(self, db: Superuser, code: str, at: int) -> None:
        heavy = self.dice.sample(self.agencies, len(self.agencies) // 2) if self.dice.random() < 0.6 else []
        weights = {agency: str(Decimal(self.dice.randrange(1, 5_000)) / 100) for agency in heavy}
        db.execute(
            "UPDATE indicators_indicatordefinition SET to_position = %s"
            " WHERE indicator_id = %s AND to_position IS NULL",
            [at, code],
        )
        columns = {
            "indicator_id": code, "unit": "件", "logic_level": "output", "higher_is_better": True,
            "aggregation": self.kinds[code], "frequency": "", "components": "[]", "numerator": "", "denominator": "",
            "by_domain": False, "trajectory": "{}", "tolerance": 0, "observation_offset_years": 0, "checks": "[]",
            "weights": psycopg.types.json.Json(weights), "assumed": [], "document_ja": [], "from_position": at,
            "pace_window": 5, "source": "{}", "decision": "{}", "reason": "", "disclosure": "closed",
        }  # fmt: skip
        db.execute(
            f"INSERT INTO indicators_indicatordefinition ({', '.join(columns)})"
            f" VALUES ({', '.join(['%s'] * len(columns))})",
            list(columns.values()),
        )

    def _ask(self, db: Superuser, entry: Entry, at: int) -> None:
        db.execute(
            "UPDATE indicators_assignedindicator SET to_position = %s"
            " WHERE indicator_id = %s AND agency_id = %s AND to_position IS NULL",
            [at, entry.indicator, entry.agency],
        )
        db.execute(ASKED, [entry.assignment, entry.agency, entry.indicator, entry.frequency, at])

    # --- what happens

    def batches(self, db: Superuser) -> Iterator[tuple[int, int]]:
        """Writes what happens in so many stretches; gives the first and the last position of each."""
        lives = [(entry, period) for entry in self.entries for period in periods(entry.frequency, self.size.years)]
        self.dice.shuffle(lives)
        steps: list[tuple[float, Entry, str, str]] = []
        for entry, period in lives:
            times = iter(sorted(self.dice.random() for _ in range(6)))
            steps += [(next(times), entry, period, what) for what in self._life()]
        steps.sort(key=lambda step: step[0])
        for number in range(self.size.batches):
            first = self.position + 1
            stretch = steps[number * len(steps) // self.size.batches : (number + 1) * len(steps) // self.size.batches]
            with db.transaction():
                self._happen(db, stretch)
                if number:
                    self._change_the_plan(db)
            yield first, self.position

    def _life(self) -> list[str]:
        chance = self.dice.random()
        if chance < 0.2:
            return []  # never sent
        life = (
            ["submit"] if chance < 0.28 else ["submit", self.dice.choice(["withdraw", "return"]), "submit", "approve"]
        )
        if chance >= 0.4:
            life = ["submit", "approve"]
        if "approve" in life and self.dice.random() < 0.2:
            life += self.dice.choice([["submit"], ["submit", "approve"], ["submit", "withdraw"]])
        return life[:6]

    def _happen(self, db: Superuser, steps: Sequence[tuple[float, Entry, str, str]]) -> None:
        opened: dict[tuple[str, int], list[list[Any]]] = {}  # by report and position
        closed: list[tuple[str, int, int]] = []  # report, position opened, position closed
        reports: dict[str, tuple[str, str, str, str, int]] = {}
        said: dict[str, list[list[Any]]] = self.__dict__.setdefault("_said", defaultdict(list))
        for _, entry, period, what in steps:
            self.position += 1
            report = f"{entry.assignment}@{period}"
            reports.setdefault(report, (report, entry.assignment, entry.agency, period, self.position))
            if what != "submit":
                closed.append((report, self._waiting.pop(report), self.position))
            if what == "approve":
                if report in self._in_force:
                    closed.append((report, self._in_force[report], self.position))
                self._in_force[report] = self.position
                opened[report, self.position] = [[*row[:-3], True, self.position, None] for row in said[report]]
            if what == "submit":
                if report in self._waiting:
                    closed.append((report, self._waiting[report], self.position))
                self._waiting[report] = self.position
                said[report] = [
                    [report, entry.agency, entry.indicator, period, year_of(period), domain, component,
                     *self._answer(self.kinds[entry.indicator]), "{}", False, self.position, None]
                    for domain, component in entry.parts
                    if (domain, component) == (None, None) or self.dice.random() < 0.8
                ]  # fmt: skip
                opened[report, self.position] = said[report]
        with db.cursor() as cursor:
            with cursor.copy("COPY oracle_reports FROM STDIN") as copy:
                for row in reports.values():
                    copy.write_row(row)
            cursor.execute(
                "INSERT INTO reporting_report (id, assignment_id, agency_id, period, position, status, version,"
                " submitted_version, submitted_name, late, decided_name, approved_version, approved_name, corrected)"
                " SELECT id, assignment, agency, period, position, 'open', 0, 0, '', false, '', 0, '', false"
                " FROM oracle_reports"
                " ON CONFLICT (id) DO NOTHING"
            )
            cursor.execute("TRUNCATE oracle_reports")
            ends = {(report, at): until for report, at, until in closed}
            with cursor.copy("COPY oracle_closed FROM STDIN") as copy:
                for report, at, until in closed:
                    if (report, at) not in opened:
                        copy.write_row((report, at, until))
            cursor.execute(
                "UPDATE reporting_figure f SET to_position = c.until FROM oracle_closed c"
                " WHERE f.report_id = c.report AND f.from_position = c.at AND f.to_position IS NULL"
            )
            cursor.execute("TRUNCATE oracle_closed")
            with cursor.copy(f"COPY reporting_figure ({', '.join(FIGURE)}) FROM STDIN") as copy:
                for key, rows in opened.items():
                    for row in rows:
                        copy.write_row([*row[:-1], ends.get(key)])

    def _answer(self, kind: str) -> list[Any]:
        """The answer, value, numerator, denominator and what is counted elsewhere."""
        dice = self.dice
        chance = dice.random()
        if chance < 0.12:
            return ["nothing" if chance < 0.06 else "not_measurable", None, None, None, 0]
        if kind == "ratio_of_sums":
            denominator = dice.choice([0, dice.randrange(1, 1_000)])
            return ["value", 0, dice.randrange(denominator + 1), denominator, 0]
        if kind in STEPS:
            return [
                "value",
                dice.randrange({"stages_0_4": 5, "self_rating": 5, "binary_all": 2}.get(kind, 40)),
                None,
                None,
                0,
            ]
        value = Decimal(dice.randrange(10**9)) / dice.choice([1, 10, 1_000, 10**6])
        elsewhere = value / 2 if kind.endswith("dedup") and dice.random() < 0.3 else Decimal(0)
        return ["value", value, None, None, round(elsewhere, 6)]

    def _change_the_plan(self, db: Superuser) -> None:
        """An agency gets other ministries, one another kind, an indicator is added up otherwise, one is asked for more
        or less often, one of an agency more."""
        dice = self.dice
        for change in range(4):
            self.position += 1
            if change == 0:
                code = dice.choice(self.agencies[len(self.ministries) :])
                self._profile(db, code, dice.choice(AGENCY_KINDS[:3]), self.position)
            elif change == 1:
                code = dice.choice(list(self.kinds))
                old = self.kinds[code]
                # Parts are of ratios only, and a value of a stage is no money: within what the figures can be read as.
                alike = [k for k in KINDS if k != "ratio_of_sums" and k not in STEPS]
                if old in alike:
                    self.kinds[code] = dice.choice(alike)
                self._definition(db, code, self.position)
            else:
                entry = dice.choice(self.entries)
                entry.frequency = dice.choice(FREQUENCIES)
                self._ask(db, entry, self.position)


SCRATCH = """
CREATE UNLOGGED TABLE oracle_reports (id text, assignment text, agency text, period text, position bigint);
CREATE UNLOGGED TABLE oracle_closed (report text, at bigint, until bigint);
"""


def periods(frequency: str, years: Sequence[int]) -> list[str]:
    """Those it reports in, its final year too."""
    codes: list[str] = []
    for year in years:
        match frequency:
            case "quarterly":
                codes += [f"FY{year}Q{number}" for number in range(1, 5)]
            case "half_yearly":
                codes += [f"FY{year}H1", f"FY{year}H2"]
            case "monthly":
                codes += [f"{year + (month < 4)}-{month:02}" for month in range(1, 13)]
        codes.append(f"FY{year}")
    return codes


def year_of(period: str) -> str:
    if period.startswith("FY"):
        return period[:6]
    year, month = map(int, period.split("-"))
    return f"FY{year - (month < 4)}"
