"""The nation's figures: each indicator with its target, its yearly rollups, its standing and the judgement of now."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from agencies.models import Agency
from indicators.assessment import Assessment, Evidence
from indicators.models import Domain, Indicator, IndicatorDefinition, Milestone, Plan, Target
from indicators.quantities import Unit, unit_named
from indicators.trajectory import Trajectory, exact
from reporting.domain.comparison import Turn, turn_of
from reporting.domain.evaluation import Evaluation, Inputs, Period, evaluate
from reporting.domain.overrides import Shown
from reporting.domain.trend import Pace, Trend, pace_of
from reporting.models import Rollup, Standing, StandingOverride
from reporting.queries.desk.loading import Loaded
from reporting.queries.desk.pulse import STILL, Pulse
from reporting.queries.desk.target_words import shape_of
from reporting.queries.desk.trends import trend_of_years
from reporting.queries.overrides import in_force_by_scope, shown_of
from reporting.queries.series import Series, inputs_of, judged_year

Key = tuple[str, str | None]  # indicator, domain (None: all)


@dataclass(frozen=True)
class Value:
    """A national value as it is shown: of which year, how complete, how sure."""

    year: int
    first_year: int  # before `year` where it is a total over several years
    approved: Decimal | None
    with_pending: Decimal | None
    answered: int
    expected: int
    final: bool
    lower_bound: bool  # a part of somebody expected is missing in the sum
    carried: int  # agencies whose value of the period before stands in
    indicator: str
    domain: str | None  # the code; None: all

    @property
    def shown(self) -> Decimal | None:
        return self.with_pending if self.approved is None else self.approved

    @property
    def provisional(self) -> bool:
        """速報: not final, or holding what nobody has approved yet."""
        return not self.final or self.approved is None


@dataclass(frozen=True)
class YearRow:
    """One line of the table under the chart, and one point of it. `at` is on the trajectory's own axis."""

    year: int
    at: Fraction
    flow: Decimal | None
    value: Decimal | None
    with_pending: Decimal | None
    target_path: Fraction | None
    attainment: Fraction | None
    rollup: Rollup | None
    running: bool  # a year not yet due: what is in so far is no whole year

    @property
    def final(self) -> bool:
        return self.rollup is not None and self.rollup.final

    @property
    def pending_differs(self) -> bool:
        return self.with_pending is not None and self.with_pending != self.value


@dataclass(frozen=True)
class National:
    """An indicator for the nation, in all domains or in one."""

    indicator: Indicator
    definition: IndicatorDefinition
    plan: Plan
    domain: Domain | None
    series: Series
    standing: Standing | None
    evaluation: Evaluation | None  # None without a target
    inputs: Inputs | None  # what was evaluated
    judged: int | None
    override: StandingOverride | None = None  # what a person has set, beside a standing
    pulse: Pulse = STILL  # how fresh it is and what moved, where a page asks for that

    @property
    def today(self) -> Period | None:
        return self.evaluation.today if self.evaluation else None

    @property
    def evidence(self) -> Evidence | None:
        return self.today.evidence if self.today else None

    @property
    def found(self) -> Assessment | None:
        return self.today.found if self.today else None

    @property
    def unit(self) -> Unit:
        return unit_named(self.definition.unit)

    @property
    def target(self) -> Target | None:
        return self.series.target

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        return self.series.milestones

    @property
    def cls(self) -> str:
        if self.found is None:
            return "no_target"
        return self.shown.cls if self.shown else "not_judged"

    @property
    def shown(self) -> Shown | None:
        """What is shown and what was computed; None where nothing has been judged."""
        return shown_of(self.standing, self.override) if self.standing else None

    @property
    def by_hand(self) -> StandingOverride | None:
        """What a person has set, where it is shown."""
        return self.override if self.found is not None and self.standing is not None else None

    @property
    def since(self) -> datetime | None:
        """From when on this class has been shown."""
        if self.standing is None:
            return None
        return self.by_hand.set_at if self.by_hand else self.standing.since

    @property
    def alarming(self) -> bool:
        return self.cls in ("off_track", "at_risk")

    @property
    def responsible(self) -> Agency | None:
        return self.definition.responsible

    @property
    def cumulative(self) -> bool:
        if self.target is not None:
            return self.target.kind == "cumulative"
        return False

    @property
    def window_from(self) -> int:
        return (self.target.window_from if self.target else None) or self.series.first_year

    @property
    def path(self) -> Trajectory | None:
        return self.evidence.trajectory if self.evidence else None

    @property
    def shape(self) -> str:
        if self.target is None:
            return "milestones" if self.milestones else ""
        return shape_of(self.target)

    @property
    def proxy(self) -> bool:
        """Our proposal of what to measure, where the document names no indicator."""
        return "indicator" in self.definition.assumed

    @cached_property
    def trend(self) -> Trend:
        return trend_of_years(self.series, self.judged)

    @property
    def pace(self) -> Pace:
        return pace_of(self.found.outlook.pace_index if self.found and self.found.outlook else None)

    @property
    def turn(self) -> Turn | None:
        """How the standing turned since the time of the pulse; None where it did not, or none was asked for."""
        if self.pulse.since is None:
            return None
        return turn_of(self.pulse.stood, self.cls if self.standing else None)

    @property
    def changed(self) -> bool:
        return bool(self.turn or self.pulse.figures or self.pulse.target or self.pulse.definition)

    @cached_property
    def newest(self) -> Value | None:
        """What the standing goes by; where nothing is judged, the newest year with a report that was due."""
        years = self.series.years
        if self.judged is None:
            return None
        upto = [y for y, r in years.items() if y <= self.judged and r.value is not None]
        if self.series.target is None and self.milestones:  # a stage counts from the day it is reported
            upto = [y for y, r in years.items() if r.value is not None]
        if not upto:
            return None
        return self._value(max(upto), self.evidence.lower_bound if self.evidence else False)

    @cached_property
    def later(self) -> Value | None:
        """What has come in since for a year that is still running."""
        newest = self.newest
        years = [
            y
            for y, r in self.series.years.items()
            if (newest is None or y > newest.year) and (r.value is not None or r.pending_value is not None)
        ]
        # Of a running year, the year's own figure: a total would mix judged years with what is half in.
        return self._value(max(years), False, total=False) if years else None

    def _value(self, year: int, lower_bound: bool, total: bool = True) -> Value:
        rollup = self.series.years[year]
        row = self._row(year)
        whole = self.cumulative and total
        return Value(
            year=year,
            first_year=self.window_from if whole else year,
            approved=row.value if whole else rollup.value,
            with_pending=row.with_pending if whole else rollup.pending_value,
            answered=rollup.answered,
            expected=rollup.expected,
            final=rollup.final,
            lower_bound=lower_bound or rollup.lower_bound,
            carried=rollup.carried,
            indicator=self.indicator.code,
            domain=self.domain.code if self.domain else None,
        )

    @cached_property
    def rows(self) -> tuple[YearRow, ...]:
        """Every year from the first of the plan to the target's, or to the newest value if that is later."""
        last = self.target.year if self.target else self.plan.last_year
        newest = max((y for y, r in self.series.years.items() if r.value is not None), default=last)
        return tuple(self._row(year) for year in range(self.series.first_year, max(last, newest) + 1))

    def _row(self, year: int) -> YearRow:
        rollup = self.series.years.get(year)
        value = rollup.value if rollup else None
        pending = rollup.pending_value if rollup else None
        flow = value
        at = Fraction(year + self.definition.observation_offset_years)
        if self.cumulative:
            at = Fraction(year + 1 - self.window_from)
            value = self._total(year, "value") if value is not None else None
            pending = self._total(year, "pending_value") if pending is not None else None
        elif self.evidence is not None and self.target is None:
            # A stage stands at the end of its year, in the running year now.
            at = Fraction(year + 1) if rollup is None else min(Fraction(year + 1), exact(self.evidence.observed_at))
        path = self.path
        judged = self.judged is not None and year <= self.judged
        of_year = self._periods.get(f"FY{year}")
        attainment = of_year.found.attainment if of_year and value is not None and judged else None
        expected = path.expected(at) if path is not None and at > path.starts_at else None
        return YearRow(year, at, flow, value, pending, expected, attainment, rollup, rollup is not None and not judged)

    @cached_property
    def _periods(self) -> dict[str, Period]:
        return {period.code: period for period in self.evaluation.periods} if self.evaluation else {}

    def _total(self, year: int, name: str) -> Decimal | None:
        rollups = [self.series.years.get(y) for y in range(self.window_from, year + 1)]
        parts = [part for r in rollups if r is not None and (part := getattr(r, name)) is not None]
        return sum(parts, Decimal(0)) if parts else None


def nationals(loaded: Loaded, *, now: datetime) -> list[National]:
    """Each indicator for the nation, in all domains together first, then in each domain there are rows for."""
    targets = {(t.indicator_id, t.domain_id): t for t in loaded.targets if t.component is None}
    standings = {(s.indicator_id, s.domain_id): s for s in loaded.standings if s.to_position is None}
    by_hand = in_force_by_scope(loaded.overrides)
    milestones: dict[Key, list[Milestone]] = defaultdict(list)
    for milestone in loaded.milestones:
        milestones[milestone.indicator_id, milestone.domain_id].append(milestone)
    years: dict[Key, dict[int, Rollup]] = defaultdict(dict)
    domains: dict[str | None, Domain] = {}
    for row in loaded.rollups:
        if row.scope == "nation" and row.component is None:
            years[row.indicator_id, row.domain_id][int(row.period[2:])] = row
            if row.domain:
                domains[row.domain_id] = row.domain
    domains |= {t.domain_id: t.domain for t in loaded.targets if t.domain}
    parts: dict[str, set[str | None]] = defaultdict(lambda: {None})
    for code, domain in {*targets, *milestones, *years}:
        parts[code].add(domain)
    found = []
    for definition in loaded.definitions:
        code = definition.indicator_id
        for domain in sorted(parts[code], key=lambda d: d or ""):
            at = (code, domain)
            series = Series(
                (code, None, domain), definition, targets.get(at), tuple(milestones.get(at, ())),
                years.get(at, {}), loaded.plan.first_year, loaded.plan.last_year, loaded.calendar,
            )  # fmt: skip
            national = _national(series, loaded.plan, domains.get(domain), standings.get(at), now)
            found.append(replace(national, override=by_hand.get((code, None, domain))))
    return found


def _national(series: Series, plan: Plan, domain: Domain | None, standing: Standing | None, now: datetime) -> National:
    definition = series.definition
    indicator = definition.indicator
    if series.target is None and not series.milestones:
        return National(indicator, definition, plan, domain, series, None, None, None, judged_year(series, now))
    inputs, year = inputs_of(series, now)
    return National(indicator, definition, plan, domain, series, standing, evaluate(inputs), inputs, year)
