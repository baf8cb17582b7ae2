"""The rollups of one thing over its periods, now or at any position."""

from django.db.models import Q

from agencies import access
from agencies.access import Actor
from agencies.models import AgencyProfile, in_force
from reporting.models import Rollup
from reporting.queries.lineage.which import Which
from reporting.queries.rollups import as_rollups, without_what_waits
from reporting.queries.rollups_at import GIVEN, given, rollups_of

THEN = rollups_of(GIVEN)


def rollups(*, actor: Actor, which: Which, as_of: int | None = None) -> dict[str, Rollup]:
    """By period, for an actor who may see the number; what waits for approval for whom it concerns. One query."""
    codes = [period.code for period in which.periods]
    if as_of is None:
        live = Rollup.objects.filter(
            indicator=which.indicator, period__in=codes, scope=which.scope, agency=which.agency, kind=which.kind,
            domain=which.domain, component=which.component,
        )  # fmt: skip
        rows = list(access.visible(live, actor))
    else:
        rows = as_rollups(access.count(actor, THEN, given(_columns(which, codes), as_of)), as_of=as_of)
    return {row.period: row for row in without_what_waits(rows, actor)}


def _columns(which: Which, codes: list[str]) -> list[list[str | None]]:
    same = (which.scope, which.agency, which.domain, which.component, which.kind)
    cells = [(which.indicator, code, *same) for code in codes]
    return [list(column) for column in zip(*cells, strict=True)]


def members(*, which: Which, as_of: int | None = None) -> set[str] | None:
    """Whose figures count there; None: everybody's. At most one query."""
    if which.scope == "nation":
        return None
    if which.scope == "agency":
        return {which.agency or ""}
    theirs = Q(kind=which.kind)
    if which.scope == "ministry":
        theirs = Q(supervisors__contains=[which.agency]) | Q(kind="ministry", agency=which.agency)
    return set(AgencyProfile.objects.filter(in_force(as_of) & theirs).values_list("agency_id", flat=True))
