"""届いた／届かなかった理由: what was to be told to a recipient, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict

from agencies import access
from agencies.access import Actor, Deed
from reporting.models import Telling

PAGE = 50


@dataclass(frozen=True)
class Asked:
    """What the reader narrows by; anything odd is as if left out. `whose`: "" one's own and one's unit's, "all" what
    everybody is told, for those who see the log; `to`: part of an agency, a unit, a person or an address."""

    whose: str = ""
    to: str = ""
    became: str = ""
    alert: int | None = None
    page: int = 1

    @property
    def query(self) -> dict[str, str]:
        found = {"whose": self.whose, "to": self.to, "became": self.became}
        return {name: text for name, text in found.items() if text} | ({"alert": str(self.alert)} if self.alert else {})


def read_asked(query: QueryDict | Mapping[str, str]) -> Asked:
    def number(name: str) -> int | None:
        text = query.get(name) or ""
        return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 else None

    became = query.get("became") or ""
    return Asked(
        whose="all" if query.get("whose") == "all" else "",
        to=(query.get("to") or "").replace("\x00", "").strip()[:100],
        became=became if became in Telling.Became.values or became == "not" else "",
        alert=number("alert"),
        page=number("page") or 1,
    )


@dataclass(frozen=True)
class Page:
    asked: Asked
    rows: tuple[Telling, ...]
    number: int
    pages: int


def sees_all(actor: Actor) -> bool:
    return actor.may(Deed.SEE_LOG)


def told_page(*, actor: Actor, asked: Asked) -> Page:
    """The newest first. Two queries."""
    rows = access.visible(Telling.objects.all(), actor)
    if not (asked.whose == "all" and sees_all(actor)):
        rows = rows.filter(Q(person=actor.person_id) | Q(unit=actor.unit_id))
    elif asked.to:
        names = ("agency__code", "agency__name_ja", "agency__name_en", "unit__name_ja", "unit__name_en", "unit__email",
                 "person__name", "person__email", "mail__address")  # fmt: skip
        wanted = Q()
        for name in names:
            wanted |= Q(**{f"{name}__icontains": asked.to})
        rows = rows.filter(wanted)
    if asked.became == "not":
        rows = rows.exclude(decision__in=[Telling.Became.MAILED, Telling.Became.WAITING])
    elif asked.became:
        rows = rows.filter(decision=asked.became)
    if asked.alert is not None:
        rows = rows.filter(alert=asked.alert)
    number = rows.count()
    pages = max(1, -(-number // PAGE))
    page = min(asked.page, pages)
    found = rows.select_related("mail", "unit", "person", "agency", "indicator", "scope_agency", "scope_domain")
    shown = found.order_by("-pk")[(page - 1) * PAGE : page * PAGE]
    return Page(Asked(**{**vars(asked), "page": page}), tuple(shown), number, pages)


def told_by_mail(*, actor: Actor, mail: int) -> list[Telling]:
    """What one mail tells. One query."""
    rows = access.visible(Telling.objects.filter(mail=mail), actor)
    return list(rows.select_related("indicator", "scope_agency", "scope_domain").order_by("pk"))
