"""Computes again what stands, on a sample: rollups from their figures, reports and figures from their events."""

import json
import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Max, Min, Model, Q

from reporting.domain.events import SUBMISSIONS, report_stream
from reporting.event_store import head
from reporting.models import CurrentEvent, Cut, CutCell, ReportState, Rollup
from reporting.projections.rebuild import folds
from reporting.queries.rollups_at import AS_SETS, CELL, GIVEN, NUMBERS, SUMS, given, rollups_of, sums_of

M = TypeVar("M", bound=Model)
Wrong = dict[str, str]  # what differs → how

AGAIN = f"""
SELECT r.*, {", ".join(f"live.{name}" for name in NUMBERS)}
FROM ({rollups_of(GIVEN)}) r
JOIN reporting_rollup live ON live.id = ANY (%(ids)s)
    AND (live.indicator_id, live.period, live.scope) = (r.indicator_id, r.period, r.scope)
    AND live.agency_id IS NOT DISTINCT FROM r.agency_id AND live.domain_id IS NOT DISTINCT FROM r.domain_id
    AND live.component IS NOT DISTINCT FROM r.component AND live.kind IS NOT DISTINCT FROM r.kind
"""  # noqa: S608
CUT_AGAIN = sums_of(GIVEN, read="looked up")


def some_cells(number: int, dice: random.Random) -> list[str]:
    """Cells of rollups, at random, as keys of findings."""
    return sorted({key_of(row) for row in _some(Rollup, number, dice)})


def some_reports(number: int, dice: random.Random) -> list[str]:
    """Reports, at random: half of them by what the tables hold, half by what the log says was submitted."""
    found = {str(row.report_id) for row in _some(ReportState, number // 2, dice)}
    last = head().position
    for _ in range(number - number // 2 if last else 0):
        later = CurrentEvent.objects.filter(type__in=SUBMISSIONS, position__gte=dice.randint(1, last))
        event = later.order_by("position").first()
        if event and event.data is not None:
            found.add(f"{event.data['assignment']}@{event.data['period']}")
    return sorted(found)


def _some(model: type[M], number: int, dice: random.Random) -> Iterator[M]:
    rows = model._default_manager.all()
    edges = rows.aggregate(first=Min("pk"), last=Max("pk"))
    for _ in range(number if edges["first"] else 0):
        row = rows.filter(pk__gte=dice.randint(edges["first"], edges["last"])).order_by("pk").first()
        if row:
            yield row


def key_of(row: Rollup) -> str:
    return json.dumps([getattr(row, name) for name in CELL], ensure_ascii=False)


def wrong_cells(keys: Collection[str]) -> Wrong:
    """Those of the cells whose rollup is not what its figures come to at the position it stands for."""
    rows = [row for row in map(_row_of, keys) if row]
    wrong: Wrong = {}
    for position in {row.position for row in rows}:
        same = [row for row in rows if row.position == position]
        columns = [[getattr(row, name) for row in same] for name in CELL]
        with connection.cursor() as cursor:
            cursor.execute(AS_SETS)
            cursor.execute(AGAIN, given(columns, position) | {"ids": [row.pk for row in same]})
            for found in cursor.fetchall():
                cell, again, live = _parts(found)
                if again != live:
                    wrong[json.dumps(cell, ensure_ascii=False)] = _told(NUMBERS, again, live)
    return wrong


def some_cuts(number: int, dice: random.Random) -> list[str]:
    """Cells kept of the past, at random, as keys of findings: what they are of, and the cut they begin at."""
    return sorted(
        {
            f"{row.indicator_id}@{row.period}@{row.domain_id or ''}@{row.component or ''}@{row.from_position}"
            for row in _some(CutCell, number, dice)
        }
    )


def wrong_cuts(keys: Collection[str]) -> Wrong:
    """Those of the cells that are not what their figures come to at the last cut they stand for."""
    wrong: Wrong = {}
    for key in keys:
        indicator, period, domain, component, began = key.split("@")
        row = CutCell.objects.filter(
            _same("domain", domain),
            _same("component", component),
            indicator=indicator,
            period=period,
            from_position=began,
        ).first()
        if row is None:
            continue
        stands_for = Cut.objects.filter(position__gte=row.from_position)
        if row.to_position is not None:
            stands_for = stands_for.filter(position__lt=row.to_position)
        last = stands_for.aggregate(last=Max("position"))["last"] or row.from_position
        cell = (indicator, period, "nation", None, domain or None, component or None, None)
        with connection.cursor() as cursor:
            cursor.execute(AS_SETS)
            cursor.execute(CUT_AGAIN, given([[part] for part in cell], last))
            again = list(cursor.fetchone()[len(CELL) + 1 :])
        kept = [getattr(row, name) for name in SUMS]
        if again != kept:
            wrong[key] = _told(SUMS, again, kept)
    return wrong


def wrong_reports(reports: Collection[str]) -> Wrong:
    """Those of the reports whose row or figures are not what their events say."""
    streams = [report_stream(*report.split("@")) for report in reports]
    with connection.cursor() as cursor:
        cursor.execute(
            folds.DIFFERING.format(source=folds.OF_STREAMS),
            {"streams": streams, "reports": list(reports), "position": head().position, **folds.NAMES},
        )
        found: dict[str, list[str]] = {}
        for report, what in cursor.fetchall():
            found.setdefault(report, []).append(what)
    return {
        report: f"its {' and '.join(sorted(what))} rows are not what its events say" for report, what in found.items()
    }


def _same(name: str, value: str) -> Q:
    return Q(**{name: value}) if value else Q(**{f"{name}__isnull": True})


def _row_of(key: str) -> Rollup | None:
    cell = dict(zip(CELL, json.loads(key), strict=True))
    return Rollup.objects.filter(**{name if value is not None else f"{name}__isnull": True if value is None else value
                                    for name, value in cell.items()}).first()  # fmt: skip


def _parts(found: Iterable[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    values = list(found)
    cell, numbers = len(CELL), len(NUMBERS)
    return values[:cell], values[cell : cell + numbers], values[cell + numbers :]


def _told(names: Sequence[str], again: list[Any], live: list[Any]) -> str:
    return "; ".join(
        f"{name}: {shown}, from its figures {right}"
        for name, right, shown in zip(names, again, live, strict=True)
        if right != shown
    )
