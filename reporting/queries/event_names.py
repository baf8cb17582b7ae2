"""What events and their streams are called: in the log by their names, on a screen in words."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from agencies.models import Agency
from indicators.models import Assignment, Domain, Indicator
from reporting.domain.events import NATION
from reporting.domain.standing import NAMES
from reporting.queries.shown import name_shown, period_shown
from reporting.queries.words import reason_words

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
    "ReportReopened": _("Approval undone"),
    "CorrectionAsked": _("Correction asked for"),
    "CorrectionSubmitted": _("Correction submitted"),
    "CorrectionWithdrawn": _("Correction given up"),
    "CorrectionReturned": _("Correction returned"),
    "CorrectionApproved": _("Correction approved"),
    "SubmissionEndorsed": _("Endorsed for the chief reviewer"),
    "DeadlineExtended": _("Deadline extended"),
    "ExtensionWithdrawn": _("Extension withdrawn"),
    "PeriodReopened": _("Period reopened"),
    "ReopeningWithdrawn": _("Reopening withdrawn"),
    "HolidayAdded": _("Holiday added"),
    "HolidayRemoved": _("Holiday removed"),
    "RedactionProposed": _("Erasure asked for"),
    "RedactionDeclined": _("Erasure declined"),
    "TextRedacted": _("Text erased"),
    "IndicatorFirstJudged": _("Judged for the first time"),
    "IndicatorFellBehind": _("Fell behind"),
    "IndicatorRecovered": _("Recovered"),
    "IndicatorAchieved": _("Target achieved"),
    "IndicatorBecameUnjudgeable": _("Can no longer be judged"),
    "StandingKept": _("Standing kept in a new period"),
    "StandingChangeHeld": _("Change held for confirmation"),
    "StandingChangeDropped": _("Held change dropped"),
    "StandingRestated": _("Earlier standing restated"),
    "StandingOverridden": _("Standing set by hand"),
    "OverrideExpired": _("Standing set by hand has expired"),
    "OverrideWithdrawn": _("Standing set by hand withdrawn"),
    "AlertAcknowledged": _("Alert acknowledged"),
    "AcknowledgementLapsed": _("No accepted action plan in time"),
    "ActionPlanSubmitted": _("Action plan submitted"),
    "ActionPlanReturned": _("Action plan returned"),
    "ActionPlanAccepted": _("Action plan accepted"),
    "ActionOverdue": _("Action overdue"),
    "AlertSilenced": _("Mails of an alert kept back"),
    "SilenceApproved": _("Keeping mails back agreed to"),
    "SilenceEnded": _("Mails of an alert not kept back any more"),
    "EditionDrafted": _("Edition drafted"),
    "EditionPublished": _("Edition published"),
    "EditionDropped": _("Draft of an edition dropped"),
}
# What each part of a stream's name is, after its kind.
STREAMS = {
    "report": (_("Report: %s"), ("assignment", "period")),
    "review": (_("Review: %s"), ("assignment", "period")),
    "target": (_("Target: %s"), ("indicator", "agency")),
    "standing": (_("Standing: %s"), ("indicator", "agency", "domain")),
    "plan": (_("Plan: %s"), ("code",)),
    "agency": (_("Agency: %s"), ("agency",)),
    "indicator": (_("Indicator: %s"), ("indicator",)),
    "assignment": (_("Assignment: %s"), ("assignment",)),
    "deadline": (_("Deadline: %s"), ("agency", "period")),
    "calendar": (_("Calendar: %s"), ("list",)),
    "redaction": (_("Erasure: %s"), ("event", "field")),
    "alert": (_("Alert: %s"), ("alert",)),
    "edition": (_("Edition: %s"), ("number",)),
}
# What the data of an event calls things, in words.
KEYS = {
    "code": _("code"),
    "name_ja": _("name (Japanese)"),
    "name_en": _("name (English)"),
    "assignment": _("Assignment"),
    "agency": _("agency"),
    "indicator": _("indicator"),
    "domain": _("technology domain"),
    "component": _("component"),
    "node": _("plan node"),
    "period": _("period"),
    "submission": _("version of the submission"),
    "seen": _("version that was seen"),
    "late": _("late"),
    "class": _("Standing"),
    "previous": _("before"),
    "computed": _("Computed standing"),
    "override": _("Standing set by hand"),
    "proposal": _("Proposal"),
    "role": _("role"),
    "frequency": _("frequency"),
    "kind": _("kind"),
    "unit": _("measured in"),
    "year": _("fiscal year"),
    "value": _("value"),
    "trajectory": _("Trajectory"),
    "interim": _("Interim targets"),
    "stage": _("Stage"),
    "due_on": _("Due"),
    "until": _("last day"),
    "asked": _("day asked for"),
    "day": _("day"),
    "reason": _("Reason"),
    "sample": _("sample"),
    "noise_sigma": _("Noise σ"),
    "tolerance": _("Tolerance"),
    "pace_window": _("Points of the recent pace"),
    "natural_limit": _("Natural limit"),
    "decision": _("Decision that set it"),
    "responsible": _("Responsible ministry"),
    "evidence": _("Evidence"),
    "observed": _("value observed"),
    "observed_at": _("observed at (year)"),
    "expected": _("value expected by then"),
    "target": _("value of the target"),
    "target_at": _("due at (year)"),
    "baseline": _("value of the baseline"),
    "coverage": _("share of agencies that reported"),
    "attainment": _("share of planned progress made"),
    "shortfall": _("shortfall"),
    "needed_pace": _("pace needed"),
    "elapsed_years": _("years gone by"),
    "earned_years": _("years of progress made"),
    "lower_bound": _("lower bound only"),
    "thresholds": _("thresholds"),
    "table": _("table of judgement"),
    "method": _("version of the method"),
    "position": _("position"),
}
ORDER = {key: place for place, key in enumerate(KEYS)}


def facts_shown(data: Mapping[str, Any], path: str = "") -> list[tuple[str, str]]:
    """All that an event's data says, flat: what, and its value. A list is one value, as JSON."""
    found: list[tuple[str, str]] = []
    for key, value in sorted(data.items(), key=lambda item: (ORDER.get(item[0], len(ORDER)), item[0])):
        name = path + (gettext(KEYS[key]) if key in KEYS else key)
        if isinstance(value, Mapping):
            found += facts_shown(value, f"{name} › ")
        elif value is not None and value not in ("", []):
            found.append((name, _fact(key, value)))
    return found


def _fact(key: str, value: Any) -> str:
    match value:
        case bool():
            return gettext("yes") if value else gettext("no")
        case str() if key in ("class", "previous", "computed") and value in NAMES:
            return gettext(NAMES[value])
        case str() if key == "reason":
            return gettext(reason_words(value))
        case str() if key == "period":
            return f"{period_shown(value)} ({value})"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


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
