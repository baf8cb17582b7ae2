"""The same as a table for a spreadsheet, with a header, in the active language."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from reporting.queries.desk.comparing.told import By, Comparison, SaidAnew
from reporting.queries.shown import class_shown, exactly, name_shown, period_shown


def sheet(page: Comparison) -> list[list[str]]:
    header = [
        gettext("What moved"), gettext("Indicator"), gettext("Name"), gettext("Technology domain"), gettext("Period"),
        gettext("What is said differently"), gettext("At the earlier time"), gettext("At the later time"),
        gettext("Reason"), gettext("Events (positions of the log)"),
    ]  # fmt: skip
    return [header, *_lines(page)]


def _lines(page: Comparison) -> Iterator[list[str]]:
    for move in page.standings:
        yield [
            gettext("Standing"), *_of(move.indicator, move.domain), "", "",
            *(class_shown(cls) if cls else "" for cls in (move.before, move.after)), "", _positions(move.events),
        ]  # fmt: skip
    for figure in page.figures:
        old, new = (_exactly(value, figure.unit) for value in (figure.old, figure.new))
        yield [
            gettext("National figure"), *_of(figure.indicator, None), period_shown(figure.year), "", old, new, "",
            _positions(figure.events, figure.more),
        ]  # fmt: skip
    for target in page.targets:
        yield from _said(gettext("Target"), target)
    for definition in page.definitions:
        yield from _said(gettext("Definition"), definition)
    for change in page.alerts:
        alert = change.alert
        yield [
            gettext("Alert"), *_of(alert.indicator, alert.domain), "", name_shown(alert.agency), "",
            str(change.get_what_display()), "", str(change.position),
        ]  # fmt: skip


def _said(what: str, said: SaidAnew) -> Iterator[list[str]]:
    for change in said.changes:
        name = f"{change.name} ({said.what})" if said.what else change.name
        yield [
            what, *_of(said.indicator, said.domain), "", name, change.old, change.new, said.reason,
            _positions(said.events),
        ]  # fmt: skip


def _of(indicator: Any, domain: Any) -> list[str]:
    return [indicator.code, name_shown(indicator), name_shown(domain)]


def _exactly(value: Decimal | None, unit: Any) -> str:
    return "" if value is None else exactly(value, unit)


def _positions(events: Iterable[By], more: int = 0) -> str:
    named = " ".join(str(by.position) for by in events)
    return f"{named} (+{more})" if more else named
