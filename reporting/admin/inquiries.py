"""学内・所内照会: sharing a report's figures out to departments, their answers, and taking them over."""

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.models import Domain
from indicators.periods import Period
from reporting.admin.drafts import fields_of
from reporting.admin.reports import _answers, _typed
from reporting.admin.site import site
from reporting.commands import inquiries as commands
from reporting.commands.drafts import Saved
from reporting.commands.inquiries import Choice
from reporting.domain.errors import FigureInvalid, NotFound, Refusal
from reporting.domain.report import may_be_written
from reporting.queries import forms, inquiries, work
from reporting.queries.calendar import window_of
from reporting.queries.shown import name_shown

NUMBER = re.compile(r"[0-9]{1,9}")


@acts
def departments(request: ActingRequest, assignment: str, period: str) -> HttpResponse:
    """One report's inquiries: GET shows who has answered what; POST asks departments, takes an inquiry back, or takes
    answers over into the draft."""
    if not request.actor.may(Deed.SUBMIT):
        raise PermissionDenied
    refusal: Refusal | None = None
    saved: Saved | None = None
    if request.method == "POST":
        try:
            saved = _act(request, assignment, period)
            if not (saved and saved.conflicts):
                return redirect(request.path)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        context = _departments(request, assignment, period)
        context |= {
            "refusal": refusal and _(refusal.message) % refusal.params,
            "conflicts": _conflicts(saved) if saved else [],
            "typed": request.POST,
            "ticked": {name: request.POST.getlist(name) for name in ("field", "unit")},
        }
        status = refusal.status if refusal else 409 if context["conflicts"] else 200
        return TemplateResponse(request, "reporting/admin/departments.html", context, status=status).render()


def _act(request: ActingRequest, assignment: str, period: str) -> Saved | None:
    do, now = request.POST.get("do", ""), clock.now()
    if do == "ask":
        asked = commands.ask_departments(
            actor=request.actor,
            assignment=assignment,
            period=period,
            fields=request.POST.getlist("field"),
            units=[_number(text) for text in request.POST.getlist("unit")],
            due_on=_day(request.POST.get("due_on", "")),
            note=request.POST.get("note", ""),
            now=now,
        )
        said = ngettext("%(n)s department has been asked.", "%(n)s departments have been asked.", len(asked))
        messages.success(request, said % {"n": len(asked)})
        return None
    if do.startswith("withdraw:"):
        commands.withdraw_inquiry(actor=request.actor, inquiry=_number(do.partition(":")[2]), now=now)
        messages.success(request, _("The inquiry has been taken back."))
        return None
    saved = commands.merge_answers(
        actor=request.actor,
        assignment=assignment,
        period=period,
        choices=_choices(request),
        seen={
            name.removeprefix("draft:"): _number(str(text))
            for name, text in request.POST.items()
            if name.startswith("draft:")
        },
        now=now,
    )
    if not saved.conflicts:
        messages.success(request, _("The answers have been taken over into the draft of the report."))
    return saved


def _choices(request: HttpRequest) -> dict[str, Choice]:
    """`take:<field>` is "<source>:<version>", or empty: leave the draft as it is."""
    chosen = {}
    for name, text in request.POST.items():
        if name.startswith("take:") and text:
            source, _colon, version = str(text).partition(":")
            chosen[name.removeprefix("take:")] = Choice(source[:20], _number(version))
    return chosen


def _departments(request: ActingRequest, assignment: str, period: str) -> dict[str, Any]:
    assigned = work.find_assignment(request.actor, assignment)
    when = forms.period_of(assigned, period) if assigned else None
    if assigned is None or when is None or assigned.agency_id != request.actor.agency:
        raise Http404
    report = work.find_report(request.actor, f"{assignment}@{period}")
    shared = inquiries.shared_out(request.actor, assigned, when, clock.now())
    asked_units = {errand.inquiry.unit_id for errand in shared.inquiries}
    return {
        **site.each_context(request),
        "title": _("Ask departments: %(name)s") % {"name": f"{assigned.node_id} {name_shown(assigned.node)}"},
        "assignment": assigned,
        "period": when,
        "deadline": window_of(assigned, when).due_on,
        "asked": shared.asked,
        "units": [unit for unit in inquiries.units_to_ask(request.actor) if unit.pk not in asked_units],
        "shared": shared,
        "editable": report is None or may_be_written(forms.state_of(report)),
        "versions": {name: typed.version for side in shared.sides for name, typed in side.draft.items()},
    }


def _conflicts(saved: Saved) -> list[tuple[str, Any]]:
    return [(name.split(":")[1], typed) for name, typed in sorted(saved.conflicts.items())]


@acts
def answer(request: ActingRequest, inquiry: int) -> HttpResponse:
    """One inquiry to one's own department: GET shows it, POST answers. What was typed is never lost to an error."""
    if not request.actor.may(Deed.ANSWER):
        raise PermissionDenied
    refusal: Refusal | None = None
    typed: dict[str, dict[str, str]] | None = None
    if request.method == "POST":
        typed, _narrative = _typed(fields_of(request))
        try:
            said = commands.answer_inquiry(
                actor=request.actor,
                inquiry=inquiry,
                answers=_answers({field: _without_remark(parts) for field, parts in typed.items()}),
                remarks={field: parts.get("remark", "") for field, parts in typed.items()},
                seen={
                    name.removeprefix("seen:"): _number(str(text))
                    for name, text in request.POST.items()
                    if name.startswith("seen:")
                },
                now=clock.now(),
            )
            messages.success(request, _("Your answers have been sent.") if said else _("Nothing has changed."))
            return redirect("admin:duties")
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        context = _inquiry(request, inquiry, typed, refusal)
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/inquiry.html", context, status=status).render()


def _inquiry(
    request: ActingRequest, inquiry: int, typed: dict[str, dict[str, str]] | None, refusal: Refusal | None
) -> dict[str, Any]:
    found = inquiries.to_answer(request.actor, inquiry)
    if found is None:
        raise Http404
    row, figures = found
    problems = dict(refusal.params.get("problems", {})) if isinstance(refusal, FigureInvalid) else {}
    rows = []
    for one in figures:
        field = one.row.field
        stored = {**one.row.parts, "remark": one.row.remark}
        parts = stored if typed is None else typed.get(field, {})
        rows.append(
            {
                "asked": one.asked,
                "field": field,
                "figure": one.row,
                "typed": parts,
                "said": inquiries.said_in(one.asked, one.row.parts),
                "problems": {
                    name.removeprefix(f"{field}."): code
                    for name, code in problems.items()
                    if name.startswith(f"{field}.")
                },
                "domains": any(name.startswith("domain.") for name in parts),
            }
        )
    return {
        **site.each_context(request),
        "title": _("Inquiry: %(name)s") % {"name": name_shown(row.node)},
        "inquiry": row,
        "period": Period.parse(row.period),
        "days_left": inquiries.days_left(row, clock.now()),
        "rows": rows,
        "domains": list(Domain.objects.order_by("order")) if any(f.asked.question.domains for f in figures) else [],
        "closed": row.withdrawn_at is not None,
        "refusal": refusal and _(refusal.message) % refusal.params,
        "problems": problems,
    }


def _without_remark(parts: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in parts.items() if name != "remark"}


def _number(text: str) -> int:
    """A number of a form; -1, which is nobody's, for anything else."""
    return int(text) if NUMBER.fullmatch(text) else -1


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
