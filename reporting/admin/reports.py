"""A reporter's page: one report."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.models import Domain
from indicators.quantities import QuantityError, Unit, UnitKind, as_typed, parse_quantity, show
from reporting.admin import drafts, sign_off
from reporting.admin.site import site
from reporting.commands import reports as commands
from reporting.commands.sign_off import prepare_report
from reporting.domain.checks import Finding
from reporting.domain.drafts import NARRATIVE, PARTS
from reporting.domain.errors import DraftDiffers, FiguresMissing, NotFound, Refusal
from reporting.domain.report import Entry, field_of, may_be_written
from reporting.models import Report, Status
from reporting.queries import forms, work
from reporting.queries.calendar import window_of
from reporting.queries.drafts import draft_of
from reporting.queries.paths import Path, paths
from reporting.queries.reviewers import named_for
from reporting.queries.shown import AGGREGATIONS, BINARY, RATING_WORDS, STAGES, name_shown
from reporting.queries.threads import threads_of

Answers = dict[str, dict[str, str]]
CHOICES = {
    UnitKind.STAGE: [(str(number), name) for number, name in enumerate(STAGES)],
    UnitKind.BINARY: [(str(number), name) for number, name in enumerate(BINARY)],
    UnitKind.RATING: list(RATING_WORDS.items()),
}
LASTING = frozenset({"stages_0_4", "binary_all", "stock_latest_sum", "stock_latest_sum_dedup", "external_rank"})
# What the form's script says; the rest of the page is in the template.
SAVING = {
    "saving": gettext_noop("Saving…"),
    "saved": gettext_noop("Saved at {at}"),
    "unsaved": gettext_noop("Cannot be saved. What you typed is kept in this browser, and will be tried again."),
    "signed_out": gettext_noop("Your sign-in has ended. What you typed is kept in this browser."),
    "differs": gettext_noop("Choose between your text and the other one beside the marked fields."),
    "restored": gettext_noop("{count} fields that had not been saved were restored."),
    "differing": gettext_noop("{by} changed this at {at}"),
    "empty": gettext_noop("(empty)"),
    "wrong_password": gettext_noop("The user name or password is wrong."),
    "rest": gettext_noop("Sum of the domains: {sum} · rest (other and cross-cutting): {rest}"),
    "too_much": gettext_noop("The domains add up to {sum}, which is more than the total."),
    "ratio": gettext_noop("Ratio: {ratio}%"),
    "sum": gettext_noop("Sum of the parts: {sum}"),
}


@acts
def write(request: ActingRequest, assignment: str, period: str) -> HttpResponse:
    """One report: GET shows it, POST submits or withdraws it. What was typed is never lost to an error."""
    if not request.actor.may(Deed.SUBMIT):
        raise PermissionDenied
    refusal: Refusal | None = None
    typed: Answers | None = None
    narrative: dict[str, str] = {}
    seen: drafts.Seen = {}
    if request.method == "POST":
        fields, seen = drafts.fields_of(request), drafts.seen_of(request)
        typed, narrative = _typed(fields)
        try:
            if request.POST.get("do") == "save":
                saved = drafts.save_form(request, assignment, period, fields, seen)
                if saved.conflicts:
                    raise DraftDiffers(conflicts=saved.conflicts)
                messages.success(request, _("The draft has been saved."))
                return redirect(request.path)
            if request.POST.get("do") == "withdraw":
                commands.withdraw_report(
                    actor=request.actor,
                    report=f"{assignment}@{period}",
                    seen_version=seen_version(request),
                    now=clock.now(),
                )
                messages.success(request, _withdrawn(request, f"{assignment}@{period}"))
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
                seen_draft={name: (text, seen.get(name, (0, ""))[0]) for name, text in fields.items()},
                ruling=sign_off.ruling_of(request),
                correction=request.POST.get("correction", ""),
            )
            if prepares:
                messages.success(request, _("Handed over. A responsible person of your agency will look at it."))
                return redirect("admin:duties")
            messages.success(request, _submitted(request))
            return redirect("admin:duties")
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        context = _context(request, assignment, period, typed, narrative, refusal)
        if typed is not None:
            context["seen"] = seen
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/report.html", context, status=status).render()


def _submitted(request: ActingRequest) -> str:
    if request.POST.get("correction", "").strip():
        return _("The correction has been submitted. What was approved stays in force until CSTI has approved it.")
    return _("The report has been submitted. A reviewer of CSTI will look at it.")


def _withdrawn(request: ActingRequest, report: str) -> str:
    with access.reading(request.actor):
        row = work.find_report(request.actor, report)
    if row and row.approved_version:
        return _("The correction has been given up. What was approved stays in force.")
    return _("The report has been withdrawn. You can change it and submit it again.")


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
    now, window = clock.now(), window_of(assigned, when)
    asked = forms.asked(assigned, when)
    seen: drafts.Seen = {}
    draft = draft_of(request.actor, assignment, period)
    signing = sign_off.of_report(request.actor, report)
    # An approved report is read until somebody says that they correct it.
    begins = report.status == Status.APPROVED and ("correct" in request.GET or request.method == "POST")
    editable = (may_be_written(forms.state_of(report)) or begins) and not signing["waits"]
    if typed is None:
        if prepared := signing["preparation"]:
            texts = {f"narrative.{name}": text for name, text in prepared.narrative.items()}
            fields = _fields_of(prepared.answers, texts)
        else:
            entries, texts = forms.last_submission(report)
            fields = _fields_of(_answers_of(entries, asked), texts)
        if editable:
            fields |= {name: field.text for name, field in draft.items()}
        typed, narrative = _typed(fields)
        seen = drafts.as_shown(fields, draft)
    domains = list(Domain.objects.order_by("order")) if any(q.question.domains for q in asked) else []
    differing = refusal.params.get("conflicts", {}) if refusal else {}
    expected = paths(
        actor=request.actor, definitions=[q.definition for q in asked], plan=assigned.node.plan, period=when
    )
    problems = dict(refusal.params.get("problems", {})) if refusal else {}
    findings = refusal.params.get("findings", []) if refusal else []
    if isinstance(refusal, FiguresMissing):
        answers = _answers(typed)
        missing = {q.question.field for q in asked if not answers.get(q.question.field)}
        problems |= {f"{field}.value": "missing" for field in missing}
    return {
        **site.each_context(request),
        "title": f"{assigned.node_id} {name_shown(assigned.node)}",
        "assignment": assigned,
        "period": when,
        "window": window,
        "due_on": window.due_on,
        "late": now >= window.deadline,
        "locked": now >= window.locks and report.status != Status.RETURNED and not report.approved_version,
        "corrects": report.approved_version > 0,
        "correction": request.POST.get("correction")
        or (signing["preparation"].correction if signing["preparation"] else ""),
        "open": now >= window.opens,
        "report": report,
        "editable": editable,
        "signing": signing,
        "ruling": request.POST,
        "rows": [_row(q, typed.get(q.question.field, {}), problems, findings, expected) for q in asked],
        "asks_in_parts": any(q.question.component for q in asked),
        "domains": domains,
        "narrative": narrative,
        "refusal": refusal and _(refusal.message) % refusal.params,
        "problems": problems,
        "labels": _labels(asked, domains),
        "conflicts": {name: drafts.shown(theirs) for name, theirs in differing.items()},
        "seen": seen,
        "said": threads_of(request.actor, assigned.agency_id, [q.question.indicator for q in asked]),
        "draft": max(draft.values(), key=lambda field: field.version, default=None),
        "membership": request.actor.membership,
        "unnamed": report.status == Status.SUBMITTED and named_for(request.actor, [report])[report.id].nobody,
        "words": {name: _(text) for name, text in SAVING.items()},
        "story": work.story(report) if report.version else [],
    }


def _labels(asked: list[forms.Asked], domains: list[Domain]) -> dict[str, str]:
    """By "field.part", as problems name it: what people know it as."""
    labels: dict[str, str] = {}
    for q in asked:
        name = f"{q.question.indicator} {name_shown(q)}" + (f"：{q.component_shown}" if q.component else "")
        named = {f"domain.{domain.code}": f"：{name_shown(domain)}" for domain in domains}
        labels |= {f"{q.question.field}.{part}": name for part in PARTS}
        labels |= {f"{q.question.field}.{part}": name + word for part, word in named.items()}
    return labels


def _row(
    asked: forms.Asked,
    typed: dict[str, str],
    problems: dict[str, str],
    findings: list[Finding],
    expected: dict[str, Path],
) -> dict[str, Any]:
    field = asked.question.field
    mine = {name.removeprefix(f"{field}."): code for name, code in problems.items() if name.startswith(f"{field}.")}
    domains = {name.removeprefix("domain."): text for name, text in typed.items() if name.startswith("domain.")}
    unit = asked.question.unit
    return {
        "asked": asked,
        "field": field,
        "typed": typed,
        "problems": mine,
        "findings": [finding for finding in findings if finding.field == field],
        "domains": domains,
        "path": expected.get(asked.question.indicator) if not asked.question.component else None,
        "choices": CHOICES.get(unit.kind, ()),
        "chosen": _chosen(typed.get("value", ""), unit),
        "how": AGGREGATIONS.get(asked.definition.aggregation, ""),
        # What stands until it changes may stand again; what happens anew in each period is counted anew.
        "lasts": asked.definition.aggregation in LASTING and bool(asked.typed_before) and not asked.question.is_ratio,
        "yen": format(unit.shown_in * 1_000_000, "f") if unit.kind is UnitKind.MONEY else "",
    }


def _chosen(text: str, unit: Unit) -> str:
    """Which of the choices a text means that was typed elsewhere, "４" or "a"; itself when none."""
    try:
        return as_typed(parse_quantity(text, unit), unit) if unit.kind in CHOICES else text
    except QuantityError:
        return text


def _fields_of(answers: Answers, texts: Mapping[str, str]) -> dict[str, str]:
    """The other way round: a submission by the names of the form."""
    fields = {f"figure:{field}:{part}": text for field, parts in answers.items() for part, text in parts.items()}
    return fields | {f"narrative:{name}": texts.get(f"narrative.{name}", "") for name in NARRATIVE}


def _typed(fields: Mapping[str, str]) -> tuple[Answers, dict[str, str]]:
    """`figure:<field>:<part>` and `narrative:<name>` of the form, all of it as typed."""
    answers: Answers = {}
    narrative: dict[str, str] = {}
    for name, text in fields.items():
        kind, _colon, rest = name.partition(":")
        if kind == "figure":
            field, _colon, part = rest.rpartition(":")
            answers.setdefault(field, {})[part] = text
        elif kind == "narrative":
            narrative[rest] = text
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
            parts |= {"answer": entry.answer, "reason": entry.reason, "explanation": entry.explanation, **entry.raw}
    return answers


def seen_version(request: HttpRequest) -> int:
    """The version the page showed; -1, which is never current, for anything else."""
    raw = request.POST.get("seen_version", "")
    return int(raw) if re.fullmatch(r"[0-9]{1,9}", raw) else -1
