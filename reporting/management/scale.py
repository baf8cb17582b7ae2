"""The reports of a made-up country of any size: the same from the same seed, whoever computes which part."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from indicators.periods import Period
from reporting.domain.events import report_stream
from reporting.event_store import NewEvent
from reporting.event_store.staged import Staging, dated_event_id
from reporting.queries.calendar import window

SCHEMA = "scale"
REASON, COMMENT = "該当する事業がないため。（規模見本）", "内訳を確認してください。（規模見本）"


@dataclass(frozen=True)
class Measure:
    node: str
    indicator: str
    aggregation: str


@dataclass(frozen=True)
class Reporter:
    agency: str
    meta: dict[str, Any]


@dataclass(frozen=True)
class Part:
    """What one process makes: some agencies in one period. `last`: of the newest period some reports still wait."""

    seed: int
    period: str
    last: bool
    reporters: Sequence[Reporter]
    measures: Sequence[Measure]
    reviewer: dict[str, Any]


@dataclass(frozen=True)
class Text:
    event_id: UUID
    field: str
    agency: str
    salt: bytes
    text: str


def fill(part: Part, address: dict[str, str]) -> int:
    """Stage the events of a part, and the texts beside them. Returns the number of events."""
    texts: list[Text] = []
    with psycopg.connect(**address) as connection:  # type: ignore[arg-type]
        number = Staging(SCHEMA).fill(connection, events_of(part, texts))
        into = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(SCHEMA, "text"))
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            for text in texts:
                copy.write_row((text.event_id, text.field, text.agency, text.salt, text.text))
    return number


def events_of(part: Part, texts: list[Text]) -> Iterator[NewEvent]:
    period = Period.parse(part.period)
    for reporter in part.reporters:
        for measure in part.measures:
            yield from _life(part, reporter, measure, period, texts)


def _life(part: Part, reporter: Reporter, measure: Measure, period: Period, texts: list[Text]) -> Iterator[NewEvent]:
    """Submitted some days before it is due, or late, or never; decided some days later; sometimes it comes back."""
    assignment = f"{reporter.agency}.{measure.node}"
    dice = Random(f"{part.seed}/{assignment}/{period.code}")  # noqa: S311 - made-up figures
    chance = dice.random
    if chance() < 0.01:
        return  # missing
    stream, deadline = report_stream(assignment, period.code), _deadline(period)
    base = {"assignment": assignment, "agency": reporter.agency, "period": period.code}
    late = chance() < 0.03
    at = deadline + (1 if late else -1) * timedelta(seconds=dice.randrange(3_600, 864_000))

    def event(type_: str, data: dict[str, Any], meta: dict[str, Any], words: dict[str, str]) -> NewEvent:
        id_ = dated_event_id(int(at.timestamp() * 1000), dice.getrandbits(74))
        commitments = {}
        for field, text in words.items():
            salt = dice.randbytes(32)
            texts.append(Text(id_, field, reporter.agency, salt, text))
            commitments[field] = hashlib.sha256(salt + text.encode()).hexdigest()
        if type_ in ("ReportSubmitted", "ReportReturned"):
            data["texts"] = commitments
        return NewEvent(stream=stream, type=type_, data=base | data, meta=meta, occurred_at=at, event_id=id_)

    def submission() -> NewEvent:
        figure = _figure(measure, dice)
        words = {} if figure["answer"] == "value" else {f"reason.{measure.indicator}": REASON}
        return event("ReportSubmitted", {"late": at >= deadline, "figures": [figure]}, reporter.meta, words)

    yield submission()
    version = 1
    at += timedelta(seconds=dice.randrange(86_400, 604_800))
    if part.last and chance() < 0.3:
        return  # still waits
    again = chance()
    if again < 0.005:
        yield event("ReportWithdrawn", {"submission": version}, reporter.meta, {})
    elif again < 0.045:
        yield event("ReportReturned", {"submission": version}, part.reviewer, {"comment": COMMENT})
    if again < 0.045:
        at += timedelta(seconds=dice.randrange(3_600, 259_200))
        if again < 0.003:
            return  # never again
        yield submission()
        version = 3
        at += timedelta(seconds=dice.randrange(86_400, 259_200))
    yield event("ReportApproved", {"submission": version}, part.reviewer, {})


def _figure(measure: Measure, dice: Random) -> dict[str, Any]:
    figure: dict[str, Any] = {"indicator": measure.indicator, "answer": "value"}
    kind = dice.random()
    if kind < 0.03:
        return figure | {"answer": "nothing"}
    if kind < 0.04:
        return figure | {"answer": "not_measurable"}
    match measure.aggregation:
        case "ratio_of_sums":
            denominator = dice.randrange(1, 1_000)
            numerator = dice.randrange(denominator + 1)
            parts = {"numerator": str(numerator), "denominator": str(denominator)}
            return figure | parts | {"value": f"{100 * numerator / denominator:.6f}", "raw": parts}
        case "stages_0_4":
            value = str(dice.randrange(5))
        case "binary_all":
            value = str(dice.randrange(2))
        case "external_rank":
            value = str(dice.randrange(1, 50))
        case _:
            value = str(dice.randrange(1, 100_000))
    return figure | {"value": value, "raw": {"value": value}}


@lru_cache(maxsize=64)
def _deadline(period: Period) -> datetime:
    return window(period).deadline
