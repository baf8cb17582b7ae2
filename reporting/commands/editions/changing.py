"""What was published and is no longer so is found by the worker and dated; the edition itself stays as it is."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from agencies import access
from reporting import event_store
from reporting.models import Edition, EditionChange
from reporting.papers.editions import READER, numbers_now

What = EditionChange.What
Thing = tuple[str, str, int | None]  # what, indicator, year


def find_changes(*, now: datetime) -> int:
    """Compare each published edition with what is so now, and write down what is new. Returns how many. May run twice
    or at once: each change is written once."""
    with access.following():
        codes = {code for numbers in _published().values_list("numbers", flat=True) for code in numbers or ()}
    if not codes:
        return 0
    with access.reading(READER, at_one_moment=True):
        position = event_store.head().position
        today = numbers_now(codes, now)
    found: list[EditionChange] = []
    with access.following():
        # Whoever is at it already will find the same.
        for edition in _published().select_for_update(skip_locked=True):
            known = dict(_said(edition.numbers or {}, edition.numbers or {}))
            published = dict(known)
            for change in EditionChange.objects.filter(edition=edition).order_by("pk"):
                known[change.what, change.indicator, change.year] = change.value
            found += [
                EditionChange(
                    edition=edition, what=thing[0], indicator=thing[1], year=thing[2], published=published[thing],
                    value=value, position=position, found_at=now,
                )
                for thing, value in _said(edition.numbers or {}, today)
                if value != known[thing]
            ]  # fmt: skip
        EditionChange.objects.bulk_create(found)
    return len(found)


def _published() -> Any:
    return Edition.objects.filter(state=Edition.State.PUBLISHED).order_by("number")


def _said(published: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[Thing, str]]:
    """Each thing that was published, with what is said of it now; "" where nothing is. A standing is compared while its
    period is the newest that is judged."""
    for code, then in published.items():
        today = now.get(code)
        if today is None:
            continue
        yield (What.TARGET.value, code, None), today["target"]
        same = today["period"] == then["period"]
        yield (What.STANDING.value, code, None), today["standing"] if same else then["standing"]
        for year in then["values"]:
            yield (What.FIGURE.value, code, int(year)), today["values"].get(year, "")
