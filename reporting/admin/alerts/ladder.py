"""The ladder of an agency: who is told after how many business days when nobody answers."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agencies import access
from agencies.middleware import ActingRequest, acts
from reporting.admin.alerts.page import must_see, number, page
from reporting.commands.alerts import set_ladder
from reporting.domain.alerts.ladder import DAYS, LEVELS
from reporting.domain.errors import NotAllowed, NotFound, Refusal
from reporting.queries.alerting.ladder_page import LadderPage, ladder_page
from reporting.queries.shown import name_shown


@acts
def ladder(request: ActingRequest, agency: str) -> HttpResponse:
    """GET shows it to whoever may see the agency, POST sets it."""
    must_see(request)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            set_ladder(
                actor=request.actor,
                agency=agency,
                days=[number(request.POST.get(f"days.{level}", "")) for level in LEVELS],
                units={level: _named(request, level, "unit") for level in LEVELS},
                people={level: _named(request, level, "person") for level in LEVELS},
            )
            messages.success(request, _("The escalation has been set. It holds for alerts that are open, too."))
            return redirect("admin:alert-ladder", agency)
        except NotFound:
            raise Http404 from None
        except NotAllowed:
            with access.reading(request.actor):
                if ladder_page(actor=request.actor, agency=agency) is None:
                    raise Http404 from None
            raise PermissionDenied from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        found = ladder_page(actor=request.actor, agency=agency)
        if found is None:
            raise Http404
        again = refusal is not None
        rows = [
            {
                "level": level,
                "days": request.POST.get(f"days.{level.number}", "") if again else str(level.day),
                "usual": DAYS[level.number],
                "chosen": set(request.POST.getlist(f"told.{level.number}")) if again else found.chosen[level.number],
            }
            for level in found.levels
        ]
        context = {
            "title": _("Escalation of %(agency)s") % {"agency": name_shown(found.agency)},
            "page": found,
            "rows": rows,
            "picks": _picks(found),
        }
        return page(request, "ladder", context, refusal)


def _picks(found: LadderPage) -> list[tuple[str, str]]:
    """Who may be named: the key, and in words."""
    none = _("no address")
    picks = [(f"unit:{row.pk}", f"{name_shown(row.agency)} {name_shown(row)}", row.email) for row in found.units]
    for one in found.people:
        picks.append((f"person:{one.person_id}", f"{one.person}（{name_shown(one.unit)}）", one.person.email))
    return [(key, words if address else f"{words} — {none}") for key, words, address in picks]


def _named(request: ActingRequest, level: int, kind: str) -> Sequence[int]:
    """ "unit:3" or "person:5", as the form names them. What is odd is nobody's number, and refused as such."""
    keys = [key.partition(":") for key in request.POST.getlist(f"told.{level}")]
    return list(dict.fromkeys(number(of) for what, _colon, of in keys if what == kind))
