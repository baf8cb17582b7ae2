"""Proposing a target, another value or path for one in force, or the day of a milestone."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.models import Target
from indicators.target_path import SHAPES_OF
from reporting.admin.targets.fields import Field, problems_of, typed, year_of
from reporting.admin.targets.pages import page_of
from reporting.commands import plan as commands
from reporting.commands.plan.targets import KINDS
from reporting.domain.errors import BadDay, DayMissing, NotFound, Refusal
from reporting.queries import targets as queries
from reporting.queries.shown import BINARY, SHAPES, STAGES, name_shown, unit_shown

INTERIM = 4  # rows of the form; by machine there may be more


@acts
def propose(request: ActingRequest, code: str) -> HttpResponse:
    """GET shows the form for one scope, POST proposes. `agency`, `domain`: whose target it is, and in which domain."""
    if not request.actor.may(Deed.PROPOSE_TARGET):
        raise PermissionDenied
    refusal: Refusal | None = None
    texts = {name: str(value) for name, value in request.POST.items()}
    if request.method == "POST":
        try:
            draft = _draft(code, texts)
            act = commands.revise_target if texts.get("revises") else commands.set_target
            proposal = act(actor=request.actor, draft=draft, now=clock.now())
            messages.success(request, _("Proposed. It is in force when CSTI has accepted it."))
            return redirect("admin:proposal", proposal)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        page = queries.indicator_targets(actor=request.actor, code=code)
        if page is None or not page.reports or page.staged:
            raise Http404
        scope = texts if request.method == "POST" else {k: str(v) for k, v in request.GET.items()}
        agency, domain = scope.get("agency") or None, scope.get("domain") or None
        if agency not in (None, request.actor.agency) or (agency is None and not page.leads):
            raise Http404
        found = [s.target for s in page.targets if _scope_of(s.target) == (agency, domain, None)]
        before = found[0] if found else None
        shown = texts if request.method == "POST" else _texts(page, before)
        context = {
            "title": _("Propose a revision") if before else _("Propose a target"),
            "page": page, "before": next((s for s in page.targets if s.target is before), None),
            "agency": agency or "", "domain": domain or "",
            "domain_named": name_shown(next((d for d in page.domains if d.code == domain), None)),
            "agency_named": request.actor.agency_name if agency else "",
            **_fields(page, shown, problems_of(refusal)),
        }  # fmt: skip
        return page_of(request, "propose_target", context, refusal)


@acts
def propose_milestone(request: ActingRequest, code: str) -> HttpResponse:
    """GET shows the form, POST proposes the day of a stage."""
    if not request.actor.may(Deed.PROPOSE_TARGET):
        raise PermissionDenied
    refusal: Refusal | None = None
    texts = {name: str(value) for name, value in request.POST.items()}
    if request.method == "POST":
        try:
            proposal = commands.schedule_milestone(
                actor=request.actor, indicator=code, stage=_stage(texts), due_on=_day(texts),
                reason=texts.get("reason", ""), agency=texts.get("agency") or None, now=clock.now(),
            )  # fmt: skip
            messages.success(request, _("Proposed. It is in force when CSTI has accepted it."))
            return redirect("admin:proposal", proposal)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        page = queries.indicator_targets(actor=request.actor, code=code)
        if page is None or not page.reports or not page.staged:
            raise Http404
        problems = problems_of(refusal)
        names = [(1, BINARY[1])] if page.definition.aggregation == "binary_all" else list(enumerate(STAGES))[1:]
        stages = [(str(number), f"{number} {_(name)}") for number, name in names]
        whose = [("", _("the nation"))] if page.leads else []
        whose.append((request.actor.agency, request.actor.agency_name))
        context = {
            "title": _("Propose a milestone"),
            "page": page,
            "fields": [
                Field("agency", _("Of"), texts.get("agency", ""), choices=whose),
                Field("stage", _("Stage"), texts.get("stage", ""), problem=problems.get("stage", ""), choices=stages),
                Field("due_on", _("Day by which it is reached"), texts.get("due_on", ""), kind="date",
                      problem=problems.get("due_on", "")),
            ],
            "reason": Field("reason", _("Reason"), texts.get("reason", ""), problem=problems.get("reason", "")),
        }  # fmt: skip
        return page_of(request, "propose_milestone", context, refusal)


def _draft(code: str, texts: Mapping[str, str]) -> commands.TargetDraft:
    """What was typed. Raises FigureInvalid for a year that is none."""
    interim = []
    for number in range(INTERIM):
        name = f"interim.{number}"
        if texts.get(name, "").strip() or texts.get(f"{name}.year", "").strip():
            interim.append((year_of(texts, f"{name}.year") or 0, texts.get(name, "")))
    return commands.TargetDraft(
        indicator=code, year=year_of(texts, "year") or 0, value=texts.get("value", ""),
        reason=texts.get("reason", ""), agency=texts.get("agency") or None, domain=texts.get("domain") or None,
        baseline=texts.get("baseline", "").strip(), baseline_year=year_of(texts, "baseline_year", needed=False),
        shape=texts.get("shape", ""), interim=interim, stepped=texts.get("shape") == "milestones",
        low=texts.get("low", "").strip(), high=texts.get("high", "").strip(),
        flow_before=texts.get("flow_before", "").strip(),
    )  # fmt: skip


def _texts(page: queries.IndicatorTargets, before: Target | None) -> dict[str, str]:
    """What the form begins with: what is in force."""
    if before is None:
        return {"year": f"{page.plan.last_year}", "shape": page.definition.trajectory.get("shape", "linear")}
    unit, path = page.unit, before.trajectory
    whole = before.baseline_year is not None and before.baseline_year == int(before.baseline_year)
    found = {
        "year": str(before.year), "value": typed(before.value, unit), "shape": str(path.get("shape", "linear")),
        "baseline": typed(before.baseline_value, unit),
        "baseline_year": str(int(before.baseline_year)) if whole and before.baseline_year else "",
        "low": typed(path.get("low"), unit), "high": typed(path.get("high"), unit),
        "flow_before": typed(path.get("flow_before_window"), unit),
    }  # fmt: skip
    for number, step in enumerate(path.get("interim", ())):
        found |= {f"interim.{number}.year": str(step["year"]), f"interim.{number}": typed(step["value"], unit)}
    return found


def _fields(page: queries.IndicatorTargets, texts: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, Any]:
    kind = KINDS.get(page.definition.aggregation, "level")
    unit = unit_shown(page.unit)

    def field(name: str, label: str, hint: str = "", **more: Any) -> Field:
        return Field(name, label, texts.get(name, ""), hint, problems.get(name, ""), **more)

    names = {"linear": "cumulative" if kind == "cumulative" else "linear", "milestones": "steps"}
    shapes = [(shape, _(SHAPES[names.get(shape, shape)])) for shape in SHAPES_OF[kind]]
    rows = max(INTERIM, sum(1 for name in texts if name.startswith("interim.") and name.endswith(".year")))
    special = []
    if "band" in SHAPES_OF[kind]:
        only = _("only of a target to be kept between two values")
        special += [field("low", _("Low end"), only), field("high", _("High end"), only)]
    if kind == "cumulative":
        special.append(field("flow_before", _("Yearly flow before the window"), _("only of yearly flows that grow")))
    return {
        "value": field("value", _("Value of the target") + f"（{unit}）", _("of a band left out")),
        "year": field("year", _("Fiscal year of the target"), "2030, R12"),
        "baseline": [] if kind == "cumulative" else [
            field("baseline", _("Baseline") + f"（{unit}）", _("where the trajectory begins")),
            field("baseline_year", _("Fiscal year of the baseline")),
        ],
        "shape": field("shape", _("Trajectory"), choices=shapes),
        "special": special,
        "interim": [
            (field(f"interim.{n}.year", _("Fiscal year")), field(f"interim.{n}", _("Value") + f"（{unit}）"))
            for n in range(rows)
        ],
        "reason": field("reason", _("Reason")),
    }  # fmt: skip


def _scope_of(target: Target) -> tuple[str | None, str | None, str | None]:
    return target.agency_id, target.domain_id, target.component


def _stage(texts: Mapping[str, str]) -> int:
    text = texts.get("stage", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _day(texts: Mapping[str, str]) -> date:
    text = texts.get("due_on", "").strip()
    if not text:
        raise DayMissing()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDay(text=text[:40]) from None
