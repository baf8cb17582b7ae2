"""What one is told by mail, and what one's unit is; and who would be told if something went off track today."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.middleware import ActingRequest, acts
from reporting.admin.alerts.page import day, must_see, number, page, typed
from reporting.commands.alerts import Choice, set_mail_choices
from reporting.domain.alerts.telling import MANDATORY, Group
from reporting.domain.errors import NotFound, Refusal
from reporting.models import MailChoice, MailReader, Telling
from reporting.models.alerts import SEVERITIES
from reporting.queries.alerting.preview import preview, previewed
from reporting.queries.alerting.settings import Chosen, settings_page

MINE, OURS = "mine", "ours"


@acts
def settings(request: ActingRequest) -> HttpResponse:
    """GET shows both and, with `?indicator=`, the preview; POST keeps one of them: `for`."""
    must_see(request)
    refusal: Refusal | None = None
    whose = request.POST.get("for", "")
    if request.method == "POST":
        try:
            _set(request, whose)
            messages.success(request, _("Your choice has been kept. It holds from the next mail on."))
            return redirect("admin:alert-settings")
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = settings_page(actor=request.actor)
        choices = previewed(request.actor)
        wanted = request.GET.get("indicator", "")
        choice = next((one for one in choices if one.value == wanted), None)
        forms = [_form(MINE, found.mine, request, refusal)]
        if found.units:
            forms.append(_form(OURS, found.units, request, refusal))
        context = {
            "title": _("What I am told of alerts"),
            "forms": forms,
            "colleagues": found.colleagues,
            "groups": MailChoice.Of.choices,
            "frequencies": MailChoice.Often.choices,
            "severities": SEVERITIES,
            "languages": MailReader.Language.choices,
            "mandatory": [label for kind, label in Telling.What.choices if kind in MANDATORY],
            "choices": choices,
            "choice": choice,
            "preview": preview(actor=request.actor, choice=choice, now=clock.now()) if choice else None,
            "reasons": dict(Telling.Became.choices),
        }
        return page(request, "settings", context, refusal)


def _set(request: ActingRequest, whose: str) -> None:
    """Raises a Refusal."""
    if whose not in (MINE, OURS):
        raise NotFound()
    texts = typed(request)
    deputy = texts.get("deputy", "")
    set_mail_choices(
        actor=request.actor,
        unit=request.actor.unit_id if whose == OURS else None,
        choices={
            group.value: Choice(texts.get(f"{group}.often", ""), texts.get(f"{group}.from", "")) for group in Group
        },
        language=texts.get("language", ""),
        deputy=number(deputy) if deputy else None,
        deputy_from=day(texts.get("deputy_from", "")),
        deputy_until=day(texts.get("deputy_until", "")),
    )


def _form(whose: str, chosen: Chosen, request: ActingRequest, refusal: Refusal | None) -> dict[str, Any]:
    """What stands in it: what was typed, where that was refused."""
    again = refusal is not None and request.POST.get("for") == whose
    reader = chosen.reader
    texts = {
        "language": reader.language,
        "deputy": str(reader.deputy_id or ""),
        "deputy_from": reader.deputy_from.isoformat() if reader.deputy_from else "",
        "deputy_until": reader.deputy_until.isoformat() if reader.deputy_until else "",
    }
    for group, preference in chosen.choices.items():
        texts |= {f"{group}.often": preference.frequency.value, f"{group}.from": preference.at_least}
    if again:
        texts |= typed(request)
    rows = [(g, label, texts[f"{g}.often"], texts[f"{g}.from"]) for g, label in MailChoice.Of.choices]
    return {"whose": whose, "unit": chosen.unit, "rows": rows, "texts": texts}
