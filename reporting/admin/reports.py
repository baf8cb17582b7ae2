"""A reporter's pages: what is due, and one report on one page."""

import re
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.models import Domain
from indicators.periods import JST
from indicators.quantities import show
from reporting.admin import sign_off
from reporting.admin.site import site
from reporting.commands import reports as commands
from reporting.commands.sign_off import prepare_report
from reporting.domain.errors import FigureInvalid, FiguresMissing, NotFound, Refusal
from reporting.domain.report import Entry, field_of, may_be_written
from reporting.models import Report
from reporting.queries import forms, work
from reporting.queries.calendar import window
from reporting.queries.work import Todo

Answers = dict[str, dict[str, str]]


def duties(request: ActingRequest) -> HttpResponse:
    """My desk: what is due, what came back, what waits."""
    if not request.actor.may(Deed.SUBMIT):
        raise PermissionDenied
    found = work.duties(request.actor, clock.now())
    context = {
        **site.each_context(request),
        "title": _("My reports"),
        "now_todo": found[Todo.RETURNED] + found[Todo.DUE_SOON] + found[Todo.DUE],
        "overdue": found[Todo.OVERDUE],
        "waiting": found[Todo.WAITING],
        "done": found[Todo.DONE],
    }
    return TemplateResponse(request, "reporting/admin/duties.html", context)


@acts
def write(request: ActingRequest, assignment: str, period: str) -> HttpResponse:
    """One report: GET shows it, POST submits or withdraws it. What was typed is never lost to an error."""
    if not request.actor.may(Deed.SUBMIT):
        raise PermissionDenied
    refusal: Refusal | None = None
    typed: Answers | None = None
    narrative: dict[str, str] = {}
    if request.method == "POST":
        typed, narrative = _typed(request)
        try:
            if request.POST.get("do") == "withdraw":
                commands.withdraw_report(
                    actor=request.actor,
                    report=f"{assignment}@{period}",
                    seen_version=seen_version(request),
                    now=clock.now(),
                )
                messages.success(request, _("The report has been withdrawn. You can change it and submit it again."))
                return redirect(request.path)
            if request.POST.get("do") == "take-back":
                sign_off.take_back(request, f"{assignment}@{period}")
                return redirect(request.path)
            prepares = request.POST.get("do") == "prepare"
            (prepare_report if prepares else commands.submit_report)(
                actor=request.actor,
                assignment=assignment,
                period=period,
                answers=_answers(typed),
                narrative=narrative,
                now=clock.now(),
                seen_version=seen_version(request) if "seen_version" in request.POST else None,
                ruling=sign_off.ruling_of(request),
            )
            if prepares:
                messages.success(request, _("Handed over. A responsible person of your agency will look at it."))
                return redirect("admin:duties")
            messages.success(request, _("The report has been submitted. A reviewer of CSTI will look at it."))
            return redirect("admin:duties")
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        context = _context(request, assignment, period, typed, narrative, refusal)
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/report.html", context, status=status).render()


def _context(
    request: ActingRequest,
    assignment: str,
    period: str,
    typed: Answers | None,
    narrative: dict[str, str],
    refusal: Refusal | None,
) -> dict[str, Any]:
    assigned = work.find_assignment(request.actor, assignment)
    if assigned is None or assigned.agency_id != request.actor.agency:
        raise Http404
    when = forms.period_of(assigned, period)
    if when is None:
        raise Http404
    report = work.find_report(request.actor, f"{assignment}@{period}") or Report(
        id=f"{assignment}@{period}", assignment=assigned, agency=assigned.agency, period=period
    )
    asked = forms.asked(assigned, when)
    signing = sign_off.of_report(request.actor, report)
    if typed is None and signing["preparation"]:
        typed, narrative = signing["preparation"].answers, signing["preparation"].narrative
    if typed is None:
        entries, texts = forms.last_submission(report)
        typed = _answers_of(entries, asked)
        narrative = {name: texts.get(f"narrative.{name}", "") for name in commands.NARRATIVE}
    problems = dict(refusal.params.get("problems", {})) if isinstance(refusal, FigureInvalid) else {}
    if isinstance(refusal, FiguresMissing):
        answers = _answers(typed)
        missing = {q.question.field for q in asked if not answers.get(q.question.field)}
        problems |= {f"{field}.value": "missing" for field in missing}
    return {
        **site.each_context(request),
        "title": f"{assigned.node_id} {assigned.node.name_ja}",
        "assignment": assigned,
        "period": when,
        "window": window(when),
        "due_on": (window(when).deadline - timedelta(days=1)).astimezone(JST).date(),
        "late": clock.now() >= window(when).deadline,
        "open": clock.now() >= window(when).opens,
        "report": report,
        "editable": may_be_written(forms.state_of(report)) and not signing["waits"],
        "signing": signing,
        "ruling": request.POST,
        "rows": [_row(q, typed.get(q.question.field, {}), problems) for q in asked],
        "domains": list(Domain.objects.order_by("order")) if any(q.question.domains for q in asked) else [],
        "narrative": narrative,
        "refusal": refusal and _(refusal.message) % refusal.params,
        "problems": problems,
        "story": work.story(report) if report.version else [],
    }


def _row(asked: forms.Asked, typed: dict[str, str], problems: dict[str, str]) -> dict[str, Any]:
    field = asked.question.field
    mine = {name.removeprefix(f"{field}."): code for name, code in problems.items() if name.startswith(f"{field}.")}
    domains = {name.removeprefix("domain."): text for name, text in typed.items() if name.startswith("domain.")}
    return {"asked": asked, "field": field, "typed": typed, "problems": mine, "domains": domains}


def _typed(request: HttpRequest) -> tuple[Answers, dict[str, str]]:
    """`figure:<field>:<part>` and `narrative:<name>` of the form, all of it as typed."""
    answers: Answers = {}
    narrative: dict[str, str] = {}
    for name, text in request.POST.items():
        kind, _colon, rest = name.partition(":")
        if kind == "figure":
            field, _colon, part = rest.rpartition(":")
            answers.setdefault(field, {})[part] = str(text)
        elif kind == "narrative":
            narrative[rest] = str(text)
    return answers, narrative


def _answers(typed: Answers) -> Answers:
    """What the form says, without what its choice of answer leaves aside: a value beside "nothing to report", a reason
    beside a value. An answer alone, with nothing typed, is no answer."""
    answers: Answers = {}
    for field, parts in typed.items():
        if parts.get("answer", "value") == "value":
            filled = {part: text for part, text in parts.items() if text.strip() and part not in ("answer", "reason")}
            answers[field] = {"answer": "value", **filled} if filled else {}
        else:
            answers[field] = {part: parts.get(part, "") for part in ("answer", "reason")}
    return answers


def _answers_of(entries: list[Entry], asked: list[forms.Asked]) -> Answers:
    """The last submission as it was typed, to be changed and sent again."""
    units = {q.question.field: q.question.unit for q in asked}
    answers: Answers = {}
    for entry in entries:
        field = field_of(entry)
        if field not in units:
            continue
        parts = answers.setdefault(field, {})
        if entry.domain:
            if entry.value is not None:
                parts[f"domain.{entry.domain}"] = format(show(entry.value, units[field]).normalize(), "f")
        else:
            parts |= {"answer": entry.answer, "reason": entry.reason, **entry.raw}
    return answers


def seen_version(request: HttpRequest) -> int:
    """The version the page showed; -1, which is never current, for anything else."""
    raw = request.POST.get("seen_version", "")
    return int(raw) if re.fullmatch(r"[0-9]{1,9}", raw) else -1
