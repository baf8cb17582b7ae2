"""A reviewer's pages: the queue, and one report to approve or to return."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.periods import Period
from reporting.admin.reports import seen_version
from reporting.admin.site import site
from reporting.commands import reports as commands
from reporting.commands.sign_off import begin_review
from reporting.domain.drafts import NARRATIVE
from reporting.domain.errors import NotFound, Refusal
from reporting.domain.events import SUBMISSIONS
from reporting.domain.report import Named, Who, field_of, is_own, numbers_of
from reporting.domain.report.reviewing import must_be_last, must_be_named
from reporting.domain.sign_off import prepared_own
from reporting.models import Event, Report, Status
from reporting.queries import attachments, checks, effects, forms, review_queue, saved_filters, sign_off, work
from reporting.queries.reviewers import named_for
from reporting.queries.shown import name_shown
from reporting.queries.threads import threads_of

QUEUE = "queue"  # in the address of a report that was come to by the queue


def queue(request: ActingRequest) -> HttpResponse:
    """Reports waiting for a decision, oldest first; filters and pages are in the address."""
    return queue_page(request)


def queue_page(request: ActingRequest, *, refusal: Refusal | None = None, typed: str = "") -> TemplateResponse:
    """`refusal`: of saving its filters under the name that was typed."""
    if not request.actor.may(Deed.DECIDE):
        raise PermissionDenied
    asked = review_queue.read_asked(request.GET)
    kept = urlencode({name: str(value) for name, value in request.GET.items() if name != "page"})
    context = {
        **site.each_context(request),
        "title": _("Review queue"),
        "queue": review_queue.queue(request.actor, clock.now(), asked),
        "flags": review_queue.FLAGS,
        "whose": review_queue.WHOSE,
        "duty": review_queue.DUTY,
        "kept": kept,
        "saved_filters": saved_filters.saved_filters(request.actor),
        "narrowing": saved_filters.narrowing(asked),
        "saved_name": typed,
        "saved_refusal": refusal and _(refusal.message) % refusal.params,
    }
    return TemplateResponse(request, "reporting/admin/queue.html", context, status=refusal.status if refusal else 200)


@acts
def decide(request: ActingRequest, report: str) -> HttpResponse:
    """One submission: GET shows it, POST approves or returns the version that was shown."""
    if not request.actor.may(Deed.DECIDE):
        raise PermissionDenied
    refusal: Refusal | None = None
    comments: dict[str, str] = {}
    if request.method == "POST":
        seen = seen_version(request)
        comments = {
            name.removeprefix("comment:"): str(text)
            for name, text in request.POST.items()
            if name.startswith("comment:")
        }
        try:
            if request.POST.get("do") == "begin":
                begin_review(actor=request.actor, report=report, seen_version=seen, now=clock.now())
            else:
                _decide(request, report, seen, comments)
                return redirect(_next_page(request, report))
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        context = _context(request, report, comments, refusal)
        status = refusal.status if refusal else 200
        return TemplateResponse(request, "reporting/admin/decide.html", context, status=status).render()


def _next_page(request: ActingRequest, report: str) -> str:
    """Who goes through the queue comes to the next report in it; others, and at its end, to the queue."""
    kept = request.GET.urlencode()
    if QUEUE in request.GET:
        with access.reading(request.actor):
            row = work.find_report(request.actor, report)
            if row and (after := _neighbours(request, row).after):
                return f"{reverse('admin:decide', args=[after])}?{kept}"
    return reverse("admin:queue") + (f"?{kept}" if kept else "")


def _neighbours(request: ActingRequest, row: Report) -> review_queue.Neighbours:
    return review_queue.neighbours(request.actor, review_queue.read_asked(request.GET), row)


def _decide(request: ActingRequest, report: str, seen: int, comments: dict[str, str]) -> None:
    both: dict[str, Any] = {"actor": request.actor, "report": report, "seen_version": seen, "now": clock.now()}
    match request.POST.get("do"):
        case "approve":
            commands.approve_report(**both)
            messages.success(request, _("Approved. The national figures will follow within seconds."))
        case "endorse":
            commands.endorse_report(**both)
            messages.success(request, _("Endorsed. The chief reviewer has it now."))
        case "ask":
            commands.ask_for_correction(**both, comments=comments)
            messages.success(
                request, _("The agency has been asked for a correction. What was approved stays in force.")
            )
        case "reopen":
            commands.reopen_report(**both, reason=comments.get("", ""))
            messages.success(request, _("The approval has been undone. The report waits for a decision again."))
        case _:
            commands.return_report(**both, comments=comments)
            messages.success(request, _("Returned to the agency with your comments."))


def _submission_before(row: Report, story: list[work.Told]) -> Event | None:
    """The submission before the one that is shown, which was returned or withdrawn; of a correction also the one that
    it would replace."""
    submissions = [t.event for t in story if t.event.type in SUBMISSIONS]
    return next((event for event in submissions if event.version < row.submitted_version), None)


def _told(rule: Callable[[Who, Named], None], who: Who, named: Named) -> str:
    """Why this person may not, in words; nothing when they may."""
    try:
        rule(who, named)
    except Refusal as refusal:
        return _(refusal.message) % refusal.params
    return ""


def _context(request: ActingRequest, report: str, comments: dict[str, str], refusal: Refusal | None) -> dict[str, Any]:
    row = work.find_report(request.actor, report)
    if row is None:
        raise Http404
    entries, _texts = forms.last_submission(row)
    story = work.story(row)
    said = {words.field: words for told in story if told.event.event_id == row.submitted_event for words in told.texts}
    submission = next((told.event for told in story if told.event.event_id == row.submitted_event), None)
    by_field = {field_of(entry): entry for entry in entries if entry.domain is None}
    before = _submission_before(row, story)
    earlier = forms.entries_of(before.data) if before else []
    last_time = {field_of(entry): entry for entry in earlier if entry.domain is None}
    numbers, numbers_before = numbers_of(entries), numbers_of(earlier)
    asked = forms.asked(row.assignment, Period.parse(row.period))
    me, named = forms.who(request.actor), named_for(request.actor, [row])[row.id]
    return {
        **site.each_context(request),
        "title": f"{row.assignment.node_id} {name_shown(row.assignment.node)}",
        "report": row,
        "rows": [
            {
                "asked": q,
                "field": q.question.field,
                "entry": by_field.get(q.question.field),
                "last_time": last_time.get(q.question.field),
                "domains_last_time": [e for e in earlier if e.domain and e.indicator == q.question.indicator],
                "changed": before and numbers.get(q.question.field) != numbers_before.get(q.question.field),
                "reason": said.get(f"reason.{q.question.field}"),
                "comment": comments.get(q.question.field, ""),
                "domains": [e for e in entries if e.domain and e.indicator == q.question.indicator],
            }
            for q in asked
        ],
        "warned": [
            {"finding": finding, "said": said.get(f"explanation.{finding.field}")}
            for finding in checks.warned(row, asked)
        ],
        "said": threads_of(request.actor, row.agency_id, [q.question.indicator for q in asked]),
        "comment": comments.get("", ""),
        "narrative": {name: said.get(f"narrative.{name}") for name in NARRATIVE},
        "waits": row.status == Status.SUBMITTED,
        "approved": row.status == Status.APPROVED,
        "corrects": said.get("correction"),
        "in_force": work.figures_in_force(row) if row.correcting else {},
        "submitted_before": before,
        "neighbours": _neighbours(request, row) if QUEUE in request.GET else None,
        "kept": request.GET.urlencode(),
        "effects": effects.effects_of(actor=request.actor, reports=[row.id], now=clock.now())
        if row.status == Status.SUBMITTED
        else [],
        "own": is_own(forms.state_of(row), me) or (submission is not None and prepared_own(submission.data, me)),
        "named": named,
        "barred": _told(must_be_named, me, named),
        "endorses": named.two_levels and not named.endorsed,
        "not_last": _told(must_be_last, me, named) if named.endorsed else "",
        "submission": submission,
        "document_number": said.get("document_number"),
        "begun": sign_off.begun(report=row),
        "evidence": attachments.submitted_with(actor=request.actor, report=row),
        "refusal": refusal and _(refusal.message) % refusal.params,
        "story": story,
    }
