"""One alert: what it is about, all that happened, and what can be done about it here."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.middleware import ActingRequest, acts
from indicators.quantities import unit_named
from reporting.admin.alerts.page import day, must_see, number, page, typed
from reporting.admin.targets.fields import Field, problems_of
from reporting.alerts.letters.facts import numbers
from reporting.commands import alerts as commands
from reporting.domain.alerts.answering import Cause, Plan
from reporting.domain.alerts.expected import read_expected
from reporting.domain.errors import DayMissing, NotFound, Refusal
from reporting.models import ActionPlan
from reporting.queries import charts
from reporting.queries.alerting import one as queries
from reporting.queries.alerting.ladder_page import levels_seen
from reporting.queries.alerting.ladders import ladders
from reporting.queries.alerting.told import sees_all
from reporting.queries.desk.judged_chart import judged_chart
from reporting.queries.shown import period_shown, unit_shown

# Where a refusal that names no field is told, by the form it comes from.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "acknowledge": {"reason_missing": "comment", "bad_day": "review_on", "day_passed": "review_on",
                    "day_too_far": "review_on"},
    "plan": {"cause_missing": "causes", "action_missing": "action", "owner_missing": "owner",
             "due_day_of_action_missing": "due_on", "bad_day": "due_on", "day_passed": "due_on",
             "day_too_far": "due_on", "effect_missing": "expected"},
    "return": {"reason_missing": "decision"},
    "silence": {"reason_missing": "why_silent", "day_missing": "until", "bad_day": "until", "day_passed": "until",
                "day_too_far": "until"},
}  # fmt: skip


@acts
def alert(request: ActingRequest, alert: int) -> HttpResponse:
    """GET shows it, POST does what one of its forms says: `do`."""
    must_see(request)
    refusal: Refusal | None = None
    do = request.POST.get("do", "")
    texts = typed(request)
    if request.method == "POST":
        if do not in ACTS:
            raise Http404
        try:
            messages.success(request, ACTS[do](request, alert, texts))
            return redirect("admin:alert", alert)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = queries.alert_page(actor=request.actor, alert=alert, now=clock.now())
        if found is None:
            raise Http404
        level = None
        if found.next.level is not None:
            who = found.alert.responsible_id
            levels = levels_seen(request.actor, ladders([who])[who])[found.next.level :]
            level = next((one for one in levels if one.reachable), levels[-1])
        problems = problems_of(refusal)
        if refusal is not None and (name := FIELDS.get(do, {}).get(refusal.code)):
            problems = {name: _(refusal.message) % refusal.params}
        if refusal is not None and "problems" in refusal.params:
            names = {f"expected.{year}": period_shown(f"FY{year}") for year in found.years}
            fields = _(", ").join(names.get(name, name) for name in refusal.params["problems"])
            refusal.params["fields"] = fields
        context = {
            "title": _("Alert"),
            "page": found,
            "numbers": numbers(found.evidence, found.unit),
            "level": level,
            "sees_events": sees_all(request.actor),
            "chart": bool(found.evidence.get("inputs")),
            "do": do,
            "typed": texts,
            "chosen": request.POST.getlist("causes"),
            "causes": ActionPlan.Cause.choices,
            "expected": [
                Field(
                    f"expected.{year}",
                    period_shown(f"FY{year}") + f"（{unit_shown(found.unit)}）",
                    texts.get(f"expected.{year}", ""),
                    problem=problems.get(f"expected.{year}", ""),
                )
                for year in found.years
            ],
            "problems": problems,
            "wrong": next(iter(problems), ""),
        }
        return page(request, "one", context, refusal)


def chart(request: ActingRequest, alert: int) -> HttpResponse:
    """What it was judged by, drawn from the evidence of the standing in force and from nothing else."""
    must_see(request)
    found = queries.alert_page(actor=request.actor, alert=alert, now=clock.now())
    if found is None or found.standing is None:
        raise Http404
    definition = queries.alert_definition(found.alert)
    data = judged_chart(found.evidence, definition) if definition else None
    if data is None:
        raise Http404
    size: charts.Size = "small" if request.GET.get("size") == "small" else "large"
    response = HttpResponse(charts.draw(data, get_language() or "ja", size), content_type="image/svg+xml")
    response["Cache-Control"] = "private, no-cache"
    return response


Texts = Mapping[str, str]


def _acknowledge(request: ActingRequest, alert: int, texts: Texts) -> str:
    commands.acknowledge_alert(
        actor=request.actor, alert=alert, seq=number(texts.get("seq", "")), comment=texts.get("comment", ""),
        review_on=day(texts.get("review_on", "")), now=clock.now(),
    )  # fmt: skip
    return _("Acknowledged. Nobody above you is told now; an action plan is to follow.")


def _plan(request: ActingRequest, alert: int, texts: Texts) -> str:
    with access.reading(request.actor):
        row = queries.find_alert(request.actor, alert)
        definition = queries.alert_definition(row) if row else None
    if definition is None:
        raise NotFound()
    by_year = {name.removeprefix("expected."): text for name, text in texts.items() if name.startswith("expected.")}
    known = {cause.value for cause in Cause}
    plan = Plan(
        causes=[Cause(cause) for cause in request.POST.getlist("causes") if cause in known],
        explanation=texts.get("explanation", ""),
        action=texts.get("action", ""),
        owner=texts.get("owner", ""),
        due_on=day(texts.get("due_on", "")),
        expected=read_expected(by_year, unit_named(definition.unit)),
    )
    commands.submit_action_plan(
        actor=request.actor, alert=alert, seq=number(texts.get("seq", "")), plan=plan, now=clock.now()
    )
    return _("The action plan has been submitted to the secretariat of CSTI.")


def _decide(request: ActingRequest, alert: int, texts: Texts, *, accept: bool) -> str:
    commands.decide_about_plan(
        actor=request.actor, alert=alert, plan=number(texts.get("plan", "")), accept=accept,
        reason=texts.get("decision", ""), now=clock.now(),
    )  # fmt: skip
    return _("The action plan has been accepted.") if accept else _("The action plan has been returned.")


def _accept(request: ActingRequest, alert: int, texts: Texts) -> str:
    return _decide(request, alert, texts, accept=True)


def _return(request: ActingRequest, alert: int, texts: Texts) -> str:
    return _decide(request, alert, texts, accept=False)


def _silence(request: ActingRequest, alert: int, texts: Texts) -> str:
    until = day(texts.get("until", ""))
    if until is None:
        raise DayMissing()
    commands.silence_alert(
        actor=request.actor, alert=alert, until=until, reason=texts.get("why_silent", ""), now=clock.now()
    )
    return _("Noted. Whether the mails are kept back now, or another person agrees first, is said below.")


def _agree(request: ActingRequest, alert: int, texts: Texts) -> str:
    commands.approve_silence(actor=request.actor, alert=alert, now=clock.now())
    return _("Agreed. The mails of this alert are kept back.")


def _end(request: ActingRequest, alert: int, texts: Texts) -> str:
    commands.end_silence(actor=request.actor, alert=alert, now=clock.now())
    return _("Ended. The mails of this alert go out again.")


ACTS: Mapping[str, Callable[[ActingRequest, int, Texts], str]] = {
    "acknowledge": _acknowledge,
    "plan": _plan,
    "accept": _accept,
    "return": _return,
    "silence": _silence,
    "agree": _agree,
    "end": _end,
}
