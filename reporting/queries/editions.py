"""Editions: what is drafted and published, their files, and what has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from agencies.access import Actor, Deed
from agencies.models import in_force
from indicators.models import Indicator, IndicatorDefinition
from reporting.domain.editions import PUBLIC, EditionState, PreparedFile
from reporting.models import Edition, EditionChange, EditionFile


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


def _seen_by(actor: Actor) -> QuerySet[Edition]:
    rows = Edition.objects.all()
    return rows if actor.may(Deed.SEE_LOG) else rows.none()


def published() -> list[Edition]:
    """For anybody: the newest first. One query."""
    rows = Edition.objects.filter(state=Edition.State.PUBLISHED)
    return list(rows.order_by("-number").defer("numbers", "disclosure"))


def published_one(*, number: int) -> Edition | None:
    return Edition.objects.filter(state=Edition.State.PUBLISHED, number=number).defer("disclosure").first()


def published_file(*, number: int, name: str) -> EditionFile | None:
    """For anybody: one file of a published edition, with its bytes. One query."""
    rows = EditionFile.objects.filter(edition=number, name=name, edition__state=Edition.State.PUBLISHED)
    return rows.select_related("edition").defer("edition__numbers", "edition__disclosure").first()


def changes_since(*, number: int) -> Sequence[EditionChange]:
    """What has been found to have changed since, the newest first; of one thing each time it changed."""
    return list(EditionChange.objects.filter(edition=number).order_by("-found_at", "indicator", "year"))
