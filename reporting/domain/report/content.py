"""What two submissions are compared by."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from reporting.domain.report.state import Asked, Entry, ReportState


def content_of(entries: Sequence[Entry], texts: Mapping[str, str]) -> Any:
    """What makes two submissions the same: the answers and the words, not how a number was typed."""
    figures = sorted(
        (
            e.indicator,
            e.domain or "",
            e.component or "",
            e.answer,
            _plain(e.value),
            _plain(e.numerator),
            _plain(e.denominator),
            _plain(e.counted_elsewhere),
            e.reason.strip(),
        )
        for e in entries
    )
    return [figures, sorted((name, text.strip()) for name, text in texts.items() if text.strip())]


def numbers_of(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    """What each question was answered, technology domains among it, to tell what changed: all but the words."""
    found: dict[str, list[Any]] = {}
    for indicator, domain, component, *numbers, _reason in content_of(entries, {})[0]:
        found.setdefault(named(Asked(indicator, component)), []).append((domain, *numbers))
    return found


def with_content(state: ReportState, content: Any) -> ReportState:
    return replace(state, content=content)


def field_of(entry: Entry) -> str:
    """The name of an entry's question at every door."""
    return named(Asked(entry.indicator, entry.component))


def _plain(number: Decimal | None) -> str:
    return "" if number is None else format(number.normalize(), "f")


def named(asked: Asked) -> str:
    return f"{asked.indicator}/{asked.component}" if asked.component else asked.indicator
