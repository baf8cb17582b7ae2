"""What the letters of one round need from the database, in as many queries for one as for a thousand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from agencies.models import Agency, in_force
from indicators.models import Domain, IndicatorDefinition
from reporting.alerts.letters.said import Said
from reporting.models import Standing

Scope = tuple[str, str | None, str | None]  # indicator, agency (None: the nation), domain


@dataclass(frozen=True)
class Known:
    definitions: Mapping[str, IndicatorDefinition]
    agencies: Mapping[str, Agency]
    domains: Mapping[str, Domain]
    standings: Mapping[Scope, Standing]  # in force, of the alerts told without evidence

    def evidence(self, said: Said) -> Mapping[str, Any]:
        """Of the alert's own scope, and of no other."""
        if said.evidence:
            return said.evidence
        standing = self.standings.get(scope_of(said))
        return standing.evidence if standing else {}


def scope_of(said: Said) -> Scope:
    return said.indicator, said.agency, said.domain


def known_of(told: Iterable[Said]) -> Known:
    """Four queries. In a follower's transaction, which sees every agency."""
    told = list(told)
    indicators = {said.indicator for said in told}
    # The newest, in force or not: what has ended may still be told of.
    definitions = IndicatorDefinition.objects.filter(indicator__in=indicators).order_by(
        "indicator_id", "-from_position"
    )
    without = {scope_of(said) for said in told if not said.evidence}
    their = Q(agency=None) | Q(agency__in={agency for _, agency, _ in without if agency})
    standings = Standing.objects.filter(in_force(), their, indicator__in={indicator for indicator, _, _ in without})
    return Known(
        {row.indicator_id: row for row in definitions.distinct("indicator_id").select_related("indicator")},
        {row.code: row for row in Agency.objects.filter(code__in={said.agency for said in told if said.agency})},
        {row.code: row for row in Domain.objects.filter(code__in={said.domain for said in told if said.domain})},
        {
            scope: row
            for row in standings
            if (scope := (row.indicator_id, row.agency_id, row.domain_id)) in without
        },
    )  # fmt: skip
