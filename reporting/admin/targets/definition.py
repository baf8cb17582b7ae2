"""CSTI redefines an indicator: how it is judged, whose statistic it is, what set it, in which unit."""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from indicators.models import IndicatorDefinition
from indicators.quantities import unit_named
from indicators.target_path import SHAPES_OF
from reporting.admin.targets.fields import Field, problems_of, typed
from reporting.admin.targets.pages import page_of
from reporting.commands import plan as commands
from reporting.commands.plan.targets import KINDS
from reporting.domain.errors import NotFound, Refusal
from reporting.queries import targets as queries
from reporting.queries.desk.target_words import ASSUMED, DISCLOSED, share_typed
from reporting.queries.shown import AGGREGATIONS, SHAPES, name_shown


@acts
def redefine(request: ActingRequest, code: str) -> HttpResponse:
    """GET shows what is in force as a form, POST changes what was typed differently."""
    if not request.actor.may(Deed.DEFINE_INDICATOR):
        raise PermissionDenied
    refusal: Refusal | None = None
    texts = {name: str(value) for name, value in request.POST.items()}
    confirms = " ".join(request.POST.getlist("confirms"))
    if request.method == "POST":
        try:
            commands.redefine_indicator(
                actor=request.actor, indicator=code, changes=_changes(texts, confirms), seen=_seen(texts),
                reason=texts.get("reason", ""), now=clock.now(),
            )  # fmt: skip
            messages.success(request, _("The definition has been changed, from now on."))
            return redirect("admin:targets-of", code)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        page = queries.indicator_targets(actor=request.actor, code=code)
        if page is None:
            raise Http404
        problems = problems_of(refusal)
        shown = texts if request.method == "POST" else {}
        agencies = [(row.code, name_shown(row)) for row in queries.who_may_be_responsible()]
        context = {
            "title": _("Change the definition"),
            "page": page,
            "seen": shown.get("seen", page.definition.from_position),
            "groups": _groups(page.definition, agencies, shown, problems),
            "confirms": [
                (name, _(ASSUMED[name]), name in confirms.split())
                for name in page.definition.assumed
                if name in ASSUMED
            ],
            "reason": Field("reason", _("Reason"), shown.get("reason", ""), problem=problems.get("reason", "")),
        }
        return page_of(request, "redefine", context, refusal)


def _changes(texts: Mapping[str, str], confirms: str) -> dict[str, str]:
    """What was typed differently from what the form began with, which it carries along."""
    found = {
        name.removeprefix("was."): texts.get(name.removeprefix("was."), "").strip()
        for name, text in texts.items()
        if name.startswith("was.") and texts.get(name.removeprefix("was."), "").strip() != text
    }
    return found | ({"confirms": confirms} if confirms else {})


def _seen(texts: Mapping[str, str]) -> int | None:
    text = texts.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _groups(
    row: IndicatorDefinition, agencies: list[tuple[str, str]], texts: Mapping[str, str], problems: Mapping[str, str]
) -> list[tuple[str, list[tuple[Field, str]]]]:
    """The fields by what they are about, each with what it began with."""
    unit, decision = unit_named(row.unit), row.decision
    kind = KINDS.get(row.aggregation, "level")
    in_words = {"linear": "cumulative"} if kind == "cumulative" else {"milestones": "steps"}
    own = str(row.trajectory.get("shape", "linear"))
    shapes = [(name, _(SHAPES[in_words.get(name, name)])) for name in dict.fromkeys([own, *SHAPES_OF[kind]])]

    def field(name: str, label: str, value: str, hint: str = "", choices: list[tuple[str, str]] | None = None,
              kind: str = "text") -> tuple[Field, str]:  # fmt: skip
        began = texts.get(f"was.{name}", value)
        return Field(name, label, texts.get(name, value), hint, problems.get(name, ""), choices or (), kind), began

    return [
        (_("How it is judged"), [
            field("noise_sigma", _("Noise σ") + "（%）", share_typed(row.noise_sigma),
                  _("usual change from year to year")),
            field("tolerance", _("Tolerance") + "（%）", share_typed(row.tolerance),
                  _("so much below the target is met")),
            field("pace_window", _("Points of the recent pace"), str(row.pace_window), "2–20"),
            field("natural_limit", _("Natural limit"), typed(row.natural_limit, unit), _("no value can be beyond it")),
            field("shape", _("Usual trajectory"), own,
                  _("proposed with a new target; those in force keep theirs"), shapes),
        ]),
        (_("Where it comes from"), [
            field("source_ja", _("Source (Japanese)"), row.source.get("ja", ""), _("empty: the agencies' reports")),
            field("source_en", _("Source (English)"), row.source.get("en", "")),
            field("decision_ja", _("Decision that set it (Japanese)"), decision.get("title_ja") or ""),
            field("decision_en", _("Decision that set it (English)"), decision.get("title_en") or ""),
            field("decided_on", _("Decided on"), decision.get("decided_on") or "", kind="date"),
            field("document_ja", _("Document we have of it"), decision.get("document_ja") or ""),
            field("document_date", _("Date of the document"), decision.get("document_date") or "", kind="date"),
            field("responsible", _("Responsible ministry"), row.responsible_id or "", choices=agencies),
            field("disclosure", _("Disclosure"), row.disclosure, _("only what is public is ever in an edition"),
                  [(name, _(words)) for name, words in DISCLOSED.items()]),
        ]),
        (_("What its figures are"), [
            field("unit", _("Unit"), row.unit, _("only while no figure is in force")),
            field("aggregation", _("Aggregation"), row.aggregation, _("only while no figure is in force"),
                  [(name, _(words)) for name, words in AGGREGATIONS.items()]),
            field("numerator", _("Numerator"), row.numerator, _("of a ratio")),
            field("denominator", _("Denominator"), row.denominator, _("of a ratio")),
        ]),
    ]  # fmt: skip
