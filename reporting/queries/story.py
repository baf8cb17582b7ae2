"""The whole story of a report: each event in its order, who, when, what was said, and what changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from agencies import access
from agencies.access import Actor
from agencies.models import Agency, Unit
from indicators.models import Domain, Indicator, IndicatorDefinition
from indicators.quantities import Unit as Measure
from indicators.quantities import UnitKind, unit_named
from reporting.domain.events import report_stream, review_stream
from reporting.models import Event, Report
from reporting.queries.desk.target_words import decision_shown, source_shown
from reporting.queries.evidence import Said, said_in
from reporting.queries.shown import component_name, exactly, name_shown, unit_shown

Key = tuple[str, str, str]  # indicator, component, domain; "" for the whole


@dataclass(frozen=True)
class FigureThen:
    """One figure as a submission has it. `before`: as the submission before it had it, None when there was none;
    `change`: by how much, where both are numbers in one unit."""

    code: str
    name: str
    shown: str
    before: str | None
    change: str
    changed: bool
    parts: str  # numerator and denominator, or what is counted elsewhere, as numbers
    typed: str
    defined: tuple[tuple[str, str], ...] = ()  # the indicator as it was defined then: unit, source, decision


@dataclass(frozen=True)
class SaidThen:
    """A text as it was said, and whether the submission before said the same."""

    said: Said
    same: bool


@dataclass(frozen=True)
class Chapter:
    """One event of the story. `number`: the how-manieth submission, for a submission."""

    event: Event
    number: int
    unit: str
    agency: str
    figures: list[FigureThen] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # figures the submission before had and this one has not
    texts: list[SaidThen] = field(default_factory=list)

    @property
    def changed(self) -> list[FigureThen]:
        return [figure for figure in self.figures if figure.changed]

    @property
    def unchanged(self) -> list[FigureThen]:
        return [figure for figure in self.figures if not figure.changed]


def tell(*, actor: Actor, report: Report, as_of: int | None = None) -> list[Chapter]:
    """The report's events, oldest first. A constant number of queries."""
    streams = [of(report.assignment_id, report.period) for of in (report_stream, review_stream)]
    rows = Event.objects.filter(stream__in=streams)
    if as_of is not None:
        rows = rows.filter(position__lte=as_of)
    events = list(access.visible(rows, actor).order_by("position"))
    texts = said_in(events)
    names = _Names(actor, events)
    chapters: list[Chapter] = []
    last: Chapter | None = None  # the newest submission so far
    for event in events:
        chapter = Chapter(event, 0, names.unit(event), names.agency(event))
        said = texts[event.event_id]
        if "figures" in event.data:
            chapter = _submission(chapter, last, names, said)
            last = chapter
        else:
            chapter = replace(chapter, texts=[SaidThen(one, False) for one in said])
        chapters.append(chapter)
    return chapters


def _submission(chapter: Chapter, last: Chapter | None, names: "_Names", said: list[Said]) -> Chapter:
    """A submission, beside the one before it."""
    now, before = _figures(chapter.event), _figures(last.event) if last else {}
    position_before = last.event.position if last else 0
    words = {then.said.field: then.said.text for then in last.texts} if last else {}
    return replace(
        chapter,
        number=last.number + 1 if last else 1,
        figures=[
            names.figure(key, chapter.event.position, now[key], before.get(key), position_before)
            for key in sorted(now, key=names.place)
        ],
        gone=[names.named(key) for key in before if key not in now],
        texts=[SaidThen(one, one.field in words and words[one.field] == one.text) for one in said],
    )


def _figures(event: Event) -> dict[Key, Mapping[str, Any]]:
    return {_key(figure): figure for figure in event.data["figures"]}


class _Names:
    """What the events point at, each kind fetched at once."""

    def __init__(self, actor: Actor, events: Iterable[Event]) -> None:
        events = list(events)
        codes = {figure["indicator"] for event in events for figure in event.data.get("figures", ())}
        units = {event.meta.get("unit") for event in events} - {None}
        self.units = {row.pk: row for row in access.visible(Unit.objects.filter(pk__in=units), actor)}
        agencies = {event.meta.get("agency") for event in events} - {None}
        self.agencies = {row.code: row for row in Agency.objects.filter(code__in=agencies)}
        self.indicators = {row.code: row for row in Indicator.objects.filter(code__in=codes)}
        self.domains = {row.code: row for row in Domain.objects.all()}
        self.definitions: dict[str, list[IndicatorDefinition]] = {}
        for row in IndicatorDefinition.objects.filter(indicator__in=codes).order_by("-from_position"):
            self.definitions.setdefault(row.indicator_id, []).append(row)

    def unit(self, event: Event) -> str:
        """The actor's unit, where it is not another agency's business."""
        return name_shown(self.units.get(event.meta.get("unit")))

    def agency(self, event: Event) -> str:
        code = event.meta.get("agency") or ""
        return name_shown(self.agencies.get(code)) or code

    def place(self, key: Key) -> tuple[int, str, str, int, str]:
        """In the plan's order, a whole before its technology domains."""
        indicator, component, domain = key
        order = self.indicators[indicator].order if indicator in self.indicators else 0
        among = self.domains[domain].order if domain in self.domains else 0
        return order, indicator, component, among, domain

    def named(self, key: Key) -> str:
        indicator, component, domain = key
        name = name_shown(self.indicators.get(indicator)) or indicator
        if component:
            parts = self.definitions.get(indicator, [])[:1]
            components = {part["code"]: component_name(part) for row in parts for part in row.components}
            name += f"：{components.get(component, component)}"
        if domain:
            name += f"（{name_shown(self.domains.get(domain)) or domain}）"
        return name

    def figure(
        self, key: Key, position: int, said: Mapping[str, Any], before: Mapping[str, Any] | None, position_before: int
    ) -> FigureThen:
        measure = self._measure(key[0], position)
        measure_before = self._measure(key[0], position_before)
        change = ""
        if before and measure == measure_before and "value" in said and "value" in before:
            change = change_shown(Decimal(before["value"]), Decimal(said["value"]), measure)
        return FigureThen(
            code="/".join(part for part in key[:2] if part),
            name=self.named(key),
            shown=_shown(said, measure),
            before=None if before is None else _shown(before, measure_before),
            change=change,
            changed=before is None or _content(said) != _content(before) or measure != measure_before,
            parts=_parts(said, measure),
            typed=(said.get("raw") or {}).get("value", ""),
            defined=_defined(self._definition(key[0], position)),
        )

    def _measure(self, indicator: str, position: int) -> Measure:
        """The unit of the definition in force when the event was recorded."""
        then = self._definition(indicator, position)
        return unit_named(then.unit) if then else Measure("", UnitKind.COUNT)

    def _definition(self, indicator: str, position: int) -> IndicatorDefinition | None:
        rows = self.definitions.get(indicator, [])
        return next((row for row in rows if row.from_position <= position), rows[-1] if rows else None)


def _defined(definition: IndicatorDefinition | None) -> tuple[tuple[str, str], ...]:
    if definition is None:
        return ()
    said = (
        (gettext("Unit"), unit_shown(unit_named(definition.unit))),
        (gettext("Source"), source_shown(definition)),
        (gettext("Decision that set it"), decision_shown(definition)),
    )
    return tuple((name, words) for name, words in said if words)


def _key(figure: Mapping[str, Any]) -> Key:
    return figure["indicator"], figure.get("component") or "", figure.get("domain") or ""


def _content(figure: Mapping[str, Any]) -> Any:
    """What the figure says, not how it was typed."""
    numbers = ("value", "numerator", "denominator", "counted_elsewhere")
    return figure["answer"], [Decimal(figure[name]) if name in figure else None for name in numbers]


def _shown(figure: Mapping[str, Any], measure: Measure) -> str:
    """The value with its unit, exact; or the answer in words."""
    if "value" in figure:
        return exactly(Decimal(figure["value"]), measure)
    words = {"nothing": gettext("Nothing to report"), "not_measurable": gettext("Not measurable yet")}
    return words.get(figure["answer"], str(figure["answer"]))


def change_shown(before: Decimal, now: Decimal, measure: Measure) -> str:
    """+12人, −0.5ポイント: a difference with its sign; empty when there is none."""
    if before == now:
        return ""
    size = exactly(abs(now - before), measure)
    if measure.kind is UnitKind.PERCENT:
        size = gettext("%(number)s points") % {"number": size.removesuffix("%")}
    return ("+" if now > before else "−") + size


def _parts(figure: Mapping[str, Any], measure: Measure) -> str:
    if "numerator" in figure and "denominator" in figure:
        return f"{Decimal(figure['numerator']):,f} ÷ {Decimal(figure['denominator']):,f}"
    if "counted_elsewhere" in figure:
        elsewhere = exactly(Decimal(figure["counted_elsewhere"]), measure)
        return gettext("of these counted by another agency: %(number)s") % {"number": elsewhere}
    return ""
