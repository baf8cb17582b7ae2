"""One agency as a paper: what it still has to report, and its own figures. Nothing of any other agency is in it."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from agencies.access import Actor
from indicators.quantities import unit_named
from reporting.domain.desk import Todo
from reporting.models import Rollup
from reporting.papers.paper import Block, Cell, Column, Facts, Heading, Number, Paper, Table, Text, day_shown
from reporting.papers.words import (
    NONE,
    Maker,
    about,
    caution,
    class_shown,
    quantity,
    stands_for,
)
from reporting.queries.agency_page import AgencyPage, OwnIndicator, agency_page
from reporting.queries.as_of import AsOf
from reporting.queries.desk.target_words import target_shown, years_shown
from reporting.queries.shown import name_shown, period_shown
from reporting.queries.work import Duty

# In the order of what needs attention.
STATES = {
    Todo.OVERDUE: _("Overdue"),
    Todo.RETURNED: _("Returned"),
    Todo.DUE_SOON: _("Due within ten days"),
    Todo.DUE: _("Due later"),
    Todo.WAITING: _("Waiting for review"),
    Todo.DONE: _("Approved"),
}
OPEN = (Todo.OVERDUE, Todo.RETURNED, Todo.DUE_SOON, Todo.DUE, Todo.WAITING)


def agency(*, actor: Actor, code: str, maker: Maker, at: AsOf) -> Paper | None:
    """None for one that is not there, or not this actor's to see. At most 14 queries."""
    page = agency_page(actor=actor, agency=code, now=at.moment, as_of=at.position)
    if page is None:
        return None
    basis = stands_for(at)
    return Paper(
        title=gettext("%(agency)s: reports and figures") % {"agency": name_shown(page.agency)},
        subtitle=gettext("%(what)s, as of %(day)s") % {"what": name_shown(page.plan), "day": day_shown(at.moment)},
        language=get_language() or "ja",
        stands_for=basis,
        sources=(gettext("Reports of %(agency)s") % {"agency": name_shown(page.agency)},),
        blocks=(
            caution(),
            Heading(gettext("Where its reports stand"), 1),
            *_reports(page),
            Heading(gettext("Its figures"), 1),
            *_figures(page.indicators),
            *about(basis, maker),
        ),
        indicators=frozenset(row.definition.indicator_id for row in page.indicators),
    )


def _reports(page: AgencyPage) -> list[Block]:
    counted = [(gettext(words), len(page.reports.get(todo, []))) for todo, words in STATES.items()]
    blocks: list[Block] = [Facts(tuple((name, _count(n)) for name, n in counted))]
    waiting: dict[tuple[Todo, str], list[Duty]] = defaultdict(list)
    for todo in OPEN:
        for duty in page.reports.get(todo, []):
            waiting[todo, duty.assignment.id].append(duty)
    if not waiting:
        return [*blocks, Text(gettext("Every report that is asked for now has been approved."))]
    columns = (
        Column(gettext("State"), share=0), Column(gettext("Measure"), share=5),
        Column(gettext("How many"), "right", 0), Column(gettext("Period"), share=4),
        Column(gettext("First due"), "right", 0),
    )  # fmt: skip
    lines = tuple(_of_one_measure(todo, duties) for (todo, _id), duties in waiting.items())
    return [*blocks, Table(gettext("Reports not yet approved"), columns, lines)]


def _of_one_measure(todo: Todo, duties: Sequence[Duty]) -> tuple[Cell, ...]:
    """What has been left for years would fill pages, report by report."""
    node, periods = duties[0].node, sorted(duty.period for duty in duties)
    first, last = period_shown(periods[0].code), period_shown(periods[-1].code)
    span = first if first == last else gettext("%(from)s to %(to)s") % {"from": first, "to": last}
    measure = f"{node.code} {name_shown(node)}"
    return (gettext(STATES[todo]), measure, _count(len(duties)), span, min(d.due_on for d in duties).isoformat())


def _figures(rows: Sequence[OwnIndicator]) -> list[Block]:
    """By year from the first there is a figure of to the newest; what waits for approval is marked, not added."""
    if not rows:
        return [Text(gettext("This agency enters no indicator."))]
    years = sorted({year for row in rows for year in row.years})
    columns = (
        Column(gettext("Indicator"), share=5),
        *(Column(period_shown(f"FY{year}"), "right", 2) for year in years),
        Column(gettext("Target"), share=3),
        Column(gettext("Standing"), share=3),
    )
    lines = tuple(
        (
            f"{row.definition.indicator_id} {name_shown(row.definition.indicator)}",
            *(_value(row, row.years.get(year)) for year in years),
            _target(row),
            _standing(row),
        )
        for row in rows
    )
    note = gettext("[Provisional]: not final, or not approved yet.")
    return [Table("", columns, lines, (note,))]


def _value(row: OwnIndicator, rollup: Rollup | None) -> Cell:
    unit = unit_named(row.definition.unit)
    if rollup is None or (rollup.value is None and rollup.pending_value is None):
        return NONE
    cell = quantity(rollup.pending_value if rollup.value is None else rollup.value, unit)
    if rollup.final and rollup.value is not None:
        return cell
    mark = f" [{gettext('provisional')}]"
    if isinstance(cell, Number):
        return Number(cell.shown + mark, cell.value, f'{cell.format}"{mark}"')
    return cell + mark


def _target(row: OwnIndicator) -> str:
    if row.target is None:
        return gettext("No target set")
    return f"{target_shown(row.target, unit_named(row.definition.unit))} ({years_shown(row.target)})"


def _standing(row: OwnIndicator) -> str:
    said = class_shown(row.cls)
    if row.by_hand and row.standing:
        said += f" [{gettext('set by hand')}; {gettext('Computed standing')}: {class_shown(row.standing.cls)}]"
    return said


def _count(number: int) -> Cell:
    return Number(f"{number:,}", Decimal(number))
