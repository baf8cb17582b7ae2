"""The comparison itself. Both ends are read by the same queries; what an event did is told only to who may see it."""

from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext

from agencies import access
from agencies.access import Actor, Scope
from indicators.models import IndicatorDefinition, Milestone, Target
from indicators.quantities import Unit, unit_named
from reporting.domain.comparison import Move, moves, must_be_before
from reporting.domain.overrides import shown_class
from reporting.models import AlertChange, Rollup, Standing, StandingOverride
from reporting.queries.as_of import HEAD, AsOf
from reporting.queries.desk.comparing.rows import as_by, at, between, causes, made_by
from reporting.queries.desk.comparing.told import By, Comparison, FigureMove, SaidAnew, StandingMove
from reporting.queries.desk.target_words import Change, definition_changes, target_changes
from reporting.queries.rollups import yearly, years_of
from reporting.queries.shown import quantity_shown

What = AlertChange.What
TOLD = (What.FIRED, What.REOPENED, What.RESOLVED, What.CLOSED)
Span = tuple[int, int]


def comparison(*, actor: Actor, earlier: AsOf, later: AsOf) -> Comparison:
    """What is another at the later time than at the earlier one. Eight queries, however much moved. Raises
    InvertedTimes."""
    span = tuple(HEAD if end.position is None else end.position for end in (earlier, later))
    first, last = span
    must_be_before(first, last, said=(earlier.text or gettext("now"), later.text or gettext("now")))
    rows = IndicatorDefinition.objects.filter(between(first, last)).select_related(
        "indicator__node__plan", "responsible"
    )
    rows = rows.annotate(by=made_by(), stages=_milestones(first, last))
    definitions = list(rows.order_by("indicator__order", "indicator", "from_position"))
    redefined = list(_definitions(definitions, (first, last)))
    return Comparison(
        earlier=earlier,
        later=later,
        standings=tuple(_standings(actor, definitions, (first, last))),
        figures=tuple(_figures(actor, definitions, earlier, later, {said.indicator.code for said in redefined})),
        targets=(*_targets(actor, definitions, (first, last)), *_stages(definitions, (first, last))),
        definitions=tuple(redefined),
        alerts=tuple(_alerts(actor, (first, last))),
        sees_all=actor.scope is Scope.ALL,
    )


def _definitions(rows: Sequence[Any], span: Span) -> Iterator[SaidAnew]:
    before, after = ({row.indicator_id: row for row in at(rows, end)} for end in span)
    for move in moves(before, after, differ=lambda old, new: bool(definition_changes(old, new))):
        if move.after is not None:
            changes = definition_changes(move.before, move.after) if move.before else [_first()]
            yield SaidAnew(
                move.after.indicator, None, "", tuple(changes), move.after.reason, _made(rows, move.after, span)
            )


def _targets(actor: Actor, definitions: Sequence[IndicatorDefinition], span: Span) -> Iterator[SaidAnew]:
    found = Target.objects.filter(between(*span), agency=None).select_related("indicator", "domain")
    rows = list(access.visible(found.annotate(by=made_by()).order_by("indicator__order", "pk"), actor))
    before, after = ({(r.indicator_id, r.domain_id, r.component): r for r in at(rows, end)} for end in span)
    units = [{d.indicator_id: unit_named(d.unit) for d in at(definitions, end)} for end in span]

    def changes(old: Target | None, new: Target) -> list[Change]:
        unit = units[1][new.indicator_id]
        return target_changes(old, new, units[0].get(new.indicator_id, unit), unit)

    for move in moves(before, after, differ=lambda old, new: bool(changes(old, new))):
        target = move.after or move.before
        assert target is not None
        told = changes(move.before, move.after) if move.after else [Change(gettext("Target"), "…", "")]
        yield SaidAnew(
            target.indicator, target.domain, target.component or "", tuple(told), target.reason,
            _made(rows, target, span),
        )  # fmt: skip


def _milestones(first: int, last: int) -> ArraySubquery:
    """The nation's, read along with the definitions, for a page may not ask too often."""
    columns = {name: name for name in ("domain_id", "stage", "due_on", "reason", "from_position", "to_position")}
    rows = Milestone.objects.filter(between(first, last), agency=None, indicator=OuterRef("indicator"))
    return ArraySubquery(rows.order_by("stage", "pk").annotate(by=made_by()).values(row=JSONObject(**columns, by="by")))


def _stages(definitions: Sequence[Any], span: Span) -> Iterator[SaidAnew]:
    of = {d.indicator_id: d for d in definitions}
    for definition in of.values():
        rows: list[Any] = [SimpleNamespace(**stage) for stage in definition.stages]
        before, after = ({(r.domain_id, r.stage): r for r in at(rows, end)} for end in span)
        unit = unit_named(definition.unit)
        for move in moves(before, after, differ=lambda old, new: old.due_on != new.due_on):
            row: Any = move.after or move.before
            old, new = (str(end.due_on) if end else "" for end in (move.before, move.after))
            yield SaidAnew(
                definition.indicator, None, quantity_shown(row.stage, unit), (Change(gettext("Due"), old, new),),
                row.reason, _made(rows, row, span),
            )  # fmt: skip


def _made(rows: Iterable[Any], row: Any, span: Span) -> tuple[By, ...]:
    """The event that made a row so, if that was in between."""
    return as_by(row.by) if span[0] < row.from_position <= span[1] else ()


def _first() -> Change:
    return Change(gettext("Definition"), "", gettext("defined for the first time"))


def _standings(actor: Actor, definitions: Sequence[IndicatorDefinition], span: Span) -> Iterator[StandingMove]:
    first, last = span
    found = Standing.objects.filter(between(first, last), agency=None).select_related("indicator", "domain")
    found = found.annotate(by=made_by()).order_by("indicator__order", "domain", "-pk")
    rows: list[Any] = list(access.visible(found, actor))
    hands = StandingOverride.objects.filter(between(first, last), agency=None)
    hands = hands.annotate(by=made_by(), ended_by=made_by("to_position")).order_by("-from_position")
    by_hand: list[Any] = list(access.visible(hands, actor))

    def shown(end: int) -> dict[tuple[str, str | None], tuple[str, bool]]:
        set_ = {(row.indicator_id, row.domain_id): row.cls for row in at(by_hand, end)}
        at_end = {(row.indicator_id, row.domain_id): row.cls for row in at(rows, end)}
        both = {key: shown_class(cls, set_.get(key)) for key, cls in at_end.items()}
        return {key: (said.cls, said.by_hand) for key, said in both.items()}

    scopes = {(row.indicator_id, row.domain_id): row for row in rows}
    for move in moves(shown(first), shown(last), differ=lambda old, new: old[0] != new[0]):
        row = scopes[move.key]
        events = [
            by
            for r in rows
            if (r.indicator_id, r.domain_id) == move.key and r.from_position > first
            for by in as_by(r.by, standing=True)
        ]
        for hand in by_hand:
            if (hand.indicator_id, hand.domain_id) == move.key:
                made = [*as_by(hand.by), *as_by(hand.ended_by)]
                events += [by for by in made if first < by.position <= last]
        events.sort(key=lambda by: -by.position)
        yield StandingMove(
            row.indicator, row.domain, move.before and move.before[0], move.after and move.after[0],
            bool(move.after and move.after[1]), tuple(events),
        )  # fmt: skip


def _figures(
    actor: Actor, definitions: Sequence[IndicatorDefinition], earlier: AsOf, later: AsOf, redefined: set[str]
) -> Iterator[FigureMove]:
    of = {d.indicator_id: d for d in definitions}  # the newest wins
    if not of:
        return
    plan = definitions[0].indicator.node.plan
    years = years_of(plan.first_year, plan.last_year)
    before, after = (
        {(r.indicator_id, r.period): r for r in yearly(actor=actor, indicators=of, years=years, as_of=end.position)}
        for end in (earlier, later)
    )
    moved: list[Move[tuple[str, str], Rollup]] = [
        move
        for move in moves(before, after, differ=lambda old, new: old.value != new.value)
        if (move.before and move.before.value) != (move.after and move.after.value)
    ]
    assert earlier.position is not None, "nothing is later than now"
    last = HEAD if later.position is None else later.position
    by = causes(actor, sorted({move.key[0] for move in moved}), earlier.position, last)
    for move in sorted(moved, key=lambda m: (of[m.key[0]].indicator.order, m.key)):
        indicator, year = move.key
        events, more = by.get(move.key, ((), 0))
        if not events:  # a value carried on from the year before it
            events, more = by.get((indicator, f"FY{int(year[2:]) - 1}"), ((), 0))
        unit: Unit = unit_named(of[indicator].unit)
        yield FigureMove(
            of[indicator].indicator, unit, year, move.before, move.after, events, more, indicator in redefined
        )


def _alerts(actor: Actor, span: Span) -> list[AlertChange]:
    """Those that began, came back or ended: of whom this actor may see."""
    rows = AlertChange.objects.filter(what__in=TOLD, position__gt=span[0], position__lte=span[1])
    rows = rows.select_related("alert__indicator", "alert__agency", "alert__domain", "agency").order_by("-position")
    return list(access.visible(rows, actor))
