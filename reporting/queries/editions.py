"""Editions: what is drafted and published, their files, and what has changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from agencies.access import Actor, Deed
from agencies.models import in_force
from indicators.models import Indicator, IndicatorDefinition
from reporting.domain.editions import PUBLIC, EditionState, PreparedFile
from reporting.domain.standing import NAMES
from reporting.models import Edition, EditionChange, EditionFile
from reporting.queries.desk.target_words import Both
from reporting.queries.shown import name_shown


@dataclass(frozen=True)
class Left:
    """An indicator that is not in an edition, and the class that keeps it out."""

    indicator: Indicator
    cls: str


@dataclass(frozen=True)
class EditionPage:
    """One edition as those see it who draft and publish."""

    edition: Edition
    files: tuple[PreparedFile, ...]
    published: tuple[Indicator, ...]
    left: tuple[Left, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def disclosure_now() -> dict[str, str]:
    """The class of each indicator, by its definition in force."""
    rows = IndicatorDefinition.objects.filter(in_force())
    return dict(rows.values_list("indicator_id", "disclosure"))


def state_of(row: Edition) -> EditionState:
    """The row as the rules see it."""
    return EditionState(row.state, row.drafted_by_id, row.drafted_unit_id, row.disclosure)


def files_of(row: Edition) -> list[PreparedFile]:
    """What the worker has made, by name; empty until all of it is there."""
    rows = EditionFile.objects.filter(edition=row).order_by("name")
    return [PreparedFile(*said) for said in rows.values_list("name", "content_type", "size", "sha256")]


def listed(*, actor: Actor) -> list[Edition]:
    """All, the newest first, for those who see the log."""
    return list(_seen_by(actor).order_by("-number").defer("numbers"))


def edition_page(*, actor: Actor, number: int) -> EditionPage | None:
    """One with what is in it and what is not. Three queries."""
    row = _seen_by(actor).filter(number=number).defer("numbers").first()
    if row is None:
        return None
    indicators = {indicator.code: indicator for indicator in Indicator.objects.filter(code__in=row.disclosure)}
    in_order = sorted(row.disclosure.items(), key=lambda said: (indicators[said[0]].order, said[0]))
    return EditionPage(
        row,
        tuple(files_of(row)),
        tuple(indicators[code] for code, cls in in_order if cls == PUBLIC),
        tuple(Left(indicators[code], cls) for code, cls in in_order if cls != PUBLIC),
    )


def prepared_file(*, actor: Actor, number: int, name: str) -> EditionFile | None:
    """One file, published or not, for those who see the log."""
    return EditionFile.objects.filter(edition__in=_seen_by(actor), edition=number, name=name).first()


def _seen_by(actor: Actor) -> QuerySet[Edition]:
    rows = Edition.objects.all()
    return rows if actor.may(Deed.SEE_LOG) else rows.none()


def published() -> list[Edition]:
    """For anybody: the newest first. One query."""
    rows = Edition.objects.filter(state=Edition.State.PUBLISHED)
    return list(rows.order_by("-number").defer("numbers", "disclosure"))


def published_with(*, indicator: str, as_of: int | None = None) -> list[Edition]:
    """The editions that tell of an indicator, published up to `as_of`, the newest first. One query."""
    rows = Edition.objects.filter(state=Edition.State.PUBLISHED, numbers__has_key=indicator)
    if as_of is not None:
        rows = rows.filter(published_position__lte=as_of)
    return list(rows.order_by("-number").defer("numbers", "disclosure"))


def published_one(*, number: int) -> Edition | None:
    return Edition.objects.filter(state=Edition.State.PUBLISHED, number=number).defer("disclosure").first()


def published_file(*, number: int, name: str) -> EditionFile | None:
    """For anybody: one file of a published edition, with its bytes. One query."""
    rows = EditionFile.objects.filter(edition=number, name=name, edition__state=Edition.State.PUBLISHED)
    return rows.select_related("edition").defer("edition__numbers", "edition__disclosure").first()


@dataclass(frozen=True)
class Correction:
    """A thing an edition says that is no longer so. `later`: what the newest later edition says of it, if it says
    otherwise; `value`: what is so now, for those who may know."""

    what: str
    name: str
    year: int | None
    published: str
    found_at: datetime
    later: str
    later_edition: int | None
    value: str | None


def corrections(*, edition: Edition, values: bool = False) -> list[Correction]:
    """What has changed since, the newest first; each thing once, and none that is again as it was. In the active
    language. Two queries."""
    newest = {(c.what, c.indicator, c.year): c for c in EditionChange.objects.filter(edition=edition).order_by("pk")}
    later = list(
        Edition.objects.filter(state=Edition.State.PUBLISHED, number__gt=edition.number)
        .order_by("-number")
        .values_list("number", "numbers")[:1]
    )
    number, numbers = later[0] if later else (None, {})
    found = []
    for change in sorted(newest.values(), key=lambda c: (c.found_at, c.pk), reverse=True):
        if change.value == change.published:
            continue
        about = (edition.numbers or {})[change.indicator]
        then = _said_in((numbers or {}).get(change.indicator), change)
        differs = bool(then) and then != change.published
        found.append(
            Correction(
                what=change.what,
                name=name_shown(Both(about["name"]["ja"], about["name"]["en"])),
                year=change.year,
                published=_worded(change, change.published, about["unit"]),
                found_at=change.found_at,
                later=_worded(change, then, about["unit"]) if differs else "",
                later_edition=number if differs else None,
                value=_worded(change, change.value, about["unit"]) if values else None,
            )
        )
    return found


def _said_in(numbers: Mapping[str, Any] | None, change: EditionChange) -> str:
    if numbers is None:
        return ""
    if change.what == EditionChange.What.FIGURE:
        return str(numbers["values"].get(str(change.year)) or "")
    return str(numbers["target" if change.what == EditionChange.What.TARGET else "standing"])


def _worded(change: EditionChange, text: str, unit: str) -> str:
    if not text:
        return gettext("withdrawn")
    if change.what == EditionChange.What.STANDING:
        return gettext(NAMES.get(text, text))
    return f"{text} {unit}"
