"""The whole judgement of a series: from its inputs to the official standing of today. Pure.

What goes in is data that can be kept: a mapping of texts, whole numbers, yes and no; numbers as `exact_text` writes
them. It holds all that the answer depends on (the plan's side, the figures' side, the method), so that the same inputs
give the same answer on any day and any machine, and one digest names them. What was kept with a standing can be
evaluated again.

    method, kind, direction, sigma, tolerance, pace_window, natural_limit
    target, baseline        {time, value}, or null
    trajectory              as indicators.trajectory.trajectory_from reads it, or null
    periods                 in order of time, each: period, time, started, observed, coverage, lower_bound, age,
                            provisional; of a running total its flow; of a ratio its denominator
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import rfc8785

from indicators.assessment import (
    METHOD_VERSION,
    Assessment,
    Direction,
    Evidence,
    Outlook,
    Point,
    SeriesKind,
    assess,
)
from indicators.assessment.thresholds import COMPOSITION_CHANGE, COVERAGE_FROM
from indicators.statistics import outlier
from indicators.trajectory import Trajectory, exact, trajectory_from
from reporting.domain.standing import Judged, Official, fold

Inputs = Mapping[str, Any]
REMEMBERED = 1_000  # answers
SIX = Decimal("0.000001")
# Decimal's own methods round to 28 digits, whatever the number holds: every step is asked of this.
_READ = Context(prec=60)


@dataclass(frozen=True)
class Period:
    """One period of a series: what was known, what that comes to, and the official standing after it."""

    code: str
    evidence: Evidence
    found: Assessment
    official: Official
    provisional: bool
    needs_confirmation: bool


@dataclass(frozen=True)
class Evaluation:
    """`periods` are never none; the last is that of today."""

    periods: tuple[Period, ...]
    digest: str

    @property
    def today(self) -> Period:
        return self.periods[-1]

    @property
    def official(self) -> Official:
        return self.today.official

    @property
    def by_period(self) -> dict[str, str]:
        """The official class after each period."""
        return {period.code: period.official.cls for period in self.periods}


# Of two positions of the past most years have the same evidence.
_assessed = lru_cache(maxsize=5 * REMEMBERED)(assess)


def evaluate(inputs: Inputs) -> Evaluation:
    """Judge every period and fold the classes. Raises EvidenceError, TrajectoryError for inputs that contradict
    themselves. The same inputs have one answer, and answers of late are at hand: a page of a hundred indicators is
    asked for many times between two reports."""
    return _evaluated(json.dumps(inputs, sort_keys=True))


@lru_cache(maxsize=REMEMBERED)
def _evaluated(text: str) -> Evaluation:
    inputs = json.loads(text)
    history: list[Point] = []
    seen: list[tuple[str, Evidence, Assessment, bool, bool]] = []
    judged: list[Judged] = []
    denominator: Fraction | None = None
    for row in inputs["periods"]:
        changed, denominator = _changed(row, denominator)
        evidence = _evidence(inputs, row, history, changed)
        found = _assessed(evidence)
        unusual = _unusual(evidence)
        provisional = bool(row["provisional"]) or unusual
        judged.append(
            Judged(row["period"], str(found.cls), str(found.if_better), str(found.if_worse), provisional=provisional)
        )
        seen.append((row["period"], evidence, found, provisional, unusual))
        history += _accepted(inputs, row)
    periods = tuple(
        Period(code, evidence, found, official, provisional, unusual)
        for (code, evidence, found, provisional, unusual), official in zip(seen, fold(judged), strict=True)
    )
    return Evaluation(periods, digest_of(inputs))


def digest_of(inputs: Inputs) -> str:
    """SHA-256 of the inputs' canonical form (RFC 8785), in hexadecimal."""
    return hashlib.sha256(rfc8785.dumps(dict(inputs))).hexdigest()


def trajectory_of(inputs: Inputs) -> Trajectory | None:
    """The path of the inputs, whatever their periods say. Raises TrajectoryError."""
    return trajectory_from(_exact_parts(inputs["trajectory"])) if inputs["trajectory"] else None


def exact_text(number: Any) -> str:
    """A number as the inputs have it: decimal where that is exact, else a fraction in lowest terms."""
    value = exact(number)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return str(value)
    return format(_READ.normalize(_READ.divide(Decimal(value.numerator), Decimal(value.denominator))), "f")


def _evidence(inputs: Inputs, row: Mapping[str, Any], history: Sequence[Point], changed: bool) -> Evidence:
    kind = SeriesKind(inputs["kind"])
    own = _accepted(inputs, row) if kind is SeriesKind.CUMULATIVE else ()
    return Evidence(
        kind=kind,
        direction=Direction(inputs["direction"]),
        baseline=_point(inputs["baseline"]),
        target=_point(inputs["target"]),
        trajectory=trajectory_of(inputs),
        observed=_number(row["observed"]),
        observed_at=_exactly(row["time"]),
        started=row["started"],
        coverage=_exactly(row["coverage"]),
        lower_bound=row["lower_bound"],
        noise_sigma=_exactly(inputs["sigma"]),
        tolerance=_exactly(inputs["tolerance"]),
        age_in_periods=row["age"],
        history=(*history, *own),
        pace_window=inputs["pace_window"],
        natural_limit=_number(inputs["natural_limit"]),
        composition_changed=changed,
    )


def _accepted(inputs: Inputs, row: Mapping[str, Any]) -> tuple[Point, ...]:
    """The row as a point of the history: whole and its own; of a running total the flow of its year."""
    total = inputs["kind"] == SeriesKind.CUMULATIVE
    value = row.get("flow") if total else row["observed"]
    if value is None or row["age"] or row["lower_bound"] or _exactly(row["coverage"]) < COVERAGE_FROM:
        return ()
    return (Point(_exactly(row["time"]), _exactly(value)),)


def _changed(row: Mapping[str, Any], before: Fraction | None) -> tuple[bool, Fraction | None]:
    """Whether the denominator is another population than the one before, and the one to compare the next with."""
    now = _number(row.get("denominator"))
    if now is None or not before:
        return False, now or before
    return abs(now - before) > COMPOSITION_CHANGE * abs(before), now


def _unusual(evidence: Evidence) -> bool:
    """A value far from the line of those before it is accepted, but has to be confirmed."""
    if evidence.observed is None or evidence.age_in_periods or evidence.kind is not SeriesKind.LEVEL:
        return False
    points = [(point.time, point.value) for point in evidence.history]
    if any(exact(time) >= exact(evidence.observed_at) for time, _ in points):
        return False
    return outlier(points, (evidence.observed_at, evidence.observed), sigma=evidence.noise_sigma).suspicious


def _point(data: Mapping[str, Any] | None) -> Point | None:
    return None if data is None else Point(_exactly(data["time"]), _exactly(data["value"]))


def _number(text: object) -> Fraction | None:
    return None if text is None else _exactly(text)


def _exactly(text: object) -> Fraction:
    """A number of the inputs: decimal text, or "1/3" where there is no such."""
    return Fraction(text) if isinstance(text, str) and "/" in text else exact(text)


def _exact_parts(data: Any) -> Any:
    """A trajectory's definition with its numbers read: its own reader takes typed decimals, and no thirds."""
    if isinstance(data, Mapping):
        return {name: part if name == "shape" else _exact_parts(part) for name, part in data.items()}
    if isinstance(data, list | tuple):
        return [_exact_parts(part) for part in data]
    return _exactly(data) if isinstance(data, str) else data


# --- what is kept with a standing ---


def explained(evaluation: Evaluation, inputs: Inputs) -> dict[str, Any]:
    """The inputs and the numbers of a judgement as data, so that it can be read, and repeated: numbers as text of at
    most six decimals, for reading; the inputs stand beside them, from which anyone can compute the rest."""
    today, found, evidence = evaluation.today, evaluation.today.found, evaluation.today.evidence
    numbers = {
        "observed": evidence.observed, "observed_at": evidence.observed_at, "coverage": evidence.coverage,
        "target": evidence.target and evidence.target.value, "target_at": evidence.target and evidence.target.time,
        "baseline": evidence.baseline and evidence.baseline.value, "expected": found.expected,
        "attainment": found.attainment, "shortfall": found.shortfall, "noise": found.noise,
        "needed_pace": found.needed_pace, "to_complete": found.to_complete, "elapsed_years": found.elapsed_years,
        "earned_years": found.earned_years,
    }  # fmt: skip
    return _texts(numbers) | {
        "reason": found.reason,
        "class": str(found.cls),
        "thresholds": [[name, text_of(edge)] for name, edge in found.table.edges],
        "table": found.table.name,
        "lower_bound": found.lower_bound,
        "method": METHOD_VERSION,
        "how": evaluation.official.how,
        "held": _held(evaluation.official),
        "provisional": evaluation.official.provisional,
        "known": evaluation.official.known and [evaluation.official.known.cls, evaluation.official.known.period],
        "unguarded": found.unguarded and str(found.unguarded),
        "needs_confirmation": today.needs_confirmation,
        "outlook": _outlook(found.outlook),
        "periods": [
            {
                "period": period.code, "class": str(period.found.cls), "official": period.official.cls,
                "how": period.official.how, "provisional": period.provisional,
                **_texts({"attainment": period.found.attainment, "observed": period.evidence.observed}),
            }
            for period in evaluation.periods
        ],
        "inputs": dict(inputs),
        "digest": evaluation.digest,
    }  # fmt: skip


def _held(official: Official) -> dict[str, Any] | None:
    held = official.held
    return None if held is None else {"class": held.cls, "since": held.since, "worse": held.worse}


def _outlook(outlook: Outlook | None) -> dict[str, Any] | None:
    if outlook is None:
        return None
    numbers = {
        "pace": outlook.pace, "pace_index": outlook.pace_index, "at_target": outlook.at_target,
        "damped": outlook.damped, "low": outlook.low, "high": outlook.high, "share": outlook.share,
        "share_low": outlook.share_low, "share_high": outlook.share_high, "share_damped": outlook.share_damped,
    }  # fmt: skip
    return _texts(numbers) | {"points": outlook.points, "reference_only": outlook.reference_only}


def _texts(numbers: Mapping[str, Any]) -> dict[str, str]:
    return {name: text_of(number) for name, number in numbers.items() if number is not None}


def text_of(number: Any) -> str:
    """At most six decimals."""
    value = Fraction(number)
    number = _READ.divide(Decimal(value.numerator), Decimal(value.denominator))
    return format(_READ.plus(_READ.normalize(_READ.quantize(number, SIX))), "f")
