"""What events and their streams are called: in the log by their names, on a screen in words."""

from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from agencies.models import Agency
from indicators.models import Assignment, Domain, Indicator
from reporting.domain.events import NATION
from reporting.queries.desk.shown import name_shown, period_shown

TYPES = {
    "PlanAdopted": _("Plan adopted"),
    "PlanNodeAdopted": _("Part of the plan adopted"),
    "DomainAdopted": _("Technology domain adopted"),
    "ProgrammeAdopted": _("Programme adopted"),
    "AgencyRegistered": _("Agency registered"),
    "GroupJoined": _("Group joined"),
    "IndicatorDefined": _("Indicator defined"),
    "AgencyAssigned": _("Assigned to an agency"),
    "GroupAssigned": _("Assigned to a group"),
    "TargetProposed": _("Target proposed"),
    "TargetProposalDeclined": _("Target proposal declined"),
    "TargetSet": _("Target set"),
    "TargetRevised": _("Target revised"),
    "MilestoneScheduled": _("Milestone scheduled"),
    "ReportSubmitted": _("Submitted"),
    "ReportWithdrawn": _("Withdrawn"),
    "ReportReturned": _("Returned"),
    "ReportApproved": _("Approved"),
    "IndicatorFirstJudged": _("Judged for the first time"),
    "IndicatorFellBehind": _("Fell behind"),
    "IndicatorRecovered": _("Recovered"),
    "IndicatorAchieved": _("Target achieved"),
    "IndicatorBecameUnjudgeable": _("Can no longer be judged"),
}
# What each part of a stream's name is, after its kind.
STREAMS = {
    "report": (_("Report: %s"), ("assignment", "period")),
    "target": (_("Target: %s"), ("indicator", "agency")),
    "standing": (_("Standing: %s"), ("indicator", "agency", "domain")),
    "plan": (_("Plan: %s"), ("code",)),
    "agency": (_("Agency: %s"), ("agency",)),
    "indicator": (_("Indicator: %s"), ("indicator",)),
    "assignment": (_("Assignment: %s"), ("assignment",)),
}


def type_shown(name: str) -> str:
    """A type in words; one that nobody has named is shown as it is."""
    return gettext(TYPES[name]) if name in TYPES else name


def streams_shown(streams: Iterable[str]) -> dict[str, str]:
    """Each stream in words, in the active language. Four queries at most, however many there are."""
    parts = {stream: _parts(stream) for stream in streams}
    wanted: dict[str, set[str]] = {"assignment": set(), "indicator": set(), "agency": set(), "domain": set()}
    for found in parts.values():
        for kind, code in found:
            if kind in wanted:
                wanted[kind].add(code)
    assignments = Assignment.objects.filter(id__in=wanted["assignment"]).select_related("agency", "node")
    known = {
        ("assignment", row.id): f"{name_shown(row.agency)} {row.node_id} {name_shown(row.node)}" for row in assignments
    }
    indicators = Indicator.objects.filter(code__in=wanted["indicator"])
    known |= {("indicator", row.code): f"{row.code} {name_shown(row)}" for row in indicators}
    known |= {("agency", row.code): name_shown(row) for row in Agency.objects.filter(code__in=wanted["agency"])}
    known |= {("domain", row.code): name_shown(row) for row in Domain.objects.filter(code__in=wanted["domain"])}

    def words(kind: str, code: str) -> str:
        if kind == "period":
            return period_shown(code)
        if kind == "agency" and code == NATION:
            return gettext("the nation")
        return known.get((kind, code), code)

    return {
        stream: gettext(STREAMS[stream.partition("/")[0]][0]) % " · ".join(words(*part) for part in found)
        if found
        else stream
        for stream, found in parts.items()
    }


def _parts(stream: str) -> list[tuple[str, str]]:
    """("assignment", "JST.P1.A1"), ("period", "FY2026Q1"); nothing for a stream of a kind nobody has described."""
    kind, *codes = stream.split("/")
    if kind not in STREAMS or not codes or len(codes) > len(STREAMS[kind][1]):
        return []
    return list(zip(STREAMS[kind][1], codes, strict=False))
