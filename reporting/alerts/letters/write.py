"""Writes letters: one alert in full, or several as short rows."""

import hashlib
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from indicators.quantities import unit_named
from reporting.alerts.letters.facts import Facts, day_shown, facts, gap_shown, in_force, inert, numbers
from reporting.alerts.letters.look_up import Known, known_of
from reporting.alerts.letters.said import Image, Letter, Said, To
from reporting.alerts.letters.words import ASK_WITH_A_DAY, KINDS, NOTHING, WHY_YOU, WITHOUT_A_DAY
from reporting.alerts.outbox.message import content_id
from reporting.alerts.pages import ALERTS, SETTINGS, alert_page, page
from reporting.domain.standing import NAMES, ORDER
from reporting.queries.charts import PNG_WIDTH, ChartData, draw_png
from reporting.queries.desk.judged_chart import judged_chart
from reporting.queries.shown import name_shown

MOST_CHARTS = 3  # a letter that tells of more alerts has none
SHOWN = 50  # in one letter; the others are in the list
LONGEST_NAME = 60  # in a subject


class Row(NamedTuple):
    """One alert in the words of one language."""

    name: str
    agency: str  # or the nation
    domain: str
    cls: str
    standing: str
    label: str
    headline: str
    facts: Facts
    since: str
    gap: str
    asked: str
    answer_by: str
    why_you: str
    warns: bool
    url: str
    chart: str  # the Content-ID of its picture
    alt: str

    @property
    def scope(self) -> str:
        return " · ".join(part for part in (self.agency, self.domain) if part)


def write_letters(letters: Sequence[tuple[To, Sequence[Said]]], *, digest: bool = False) -> list[Letter]:
    """One letter for each, in their order. Four queries in all, in a follower's transaction; a chart is drawn once,
    however many letters show it. `digest`: what came together, without charts, and with the way to change that."""
    known = known_of(said for _to, told in letters for said in told)
    writer = _Writer(known, digest=digest)
    return [writer.write(to, told) for to, told in letters]


class _Writer:
    """Of the letters of one round."""

    def __init__(self, known: Known, *, digest: bool) -> None:
        self._known = known
        self._digest = digest
        self._drawn: dict[str, Image] = {}

    def write(self, to: To, told: Sequence[Said]) -> Letter:
        if not told:
            raise ValueError("a letter tells of something")
        told = sorted(told, key=_order)
        images: dict[str, Image] = {}
        subject, preview, texts, pages = "", "", [], []
        for language in to.languages:
            with translation.override(language):
                rows = [self._row(said, told, images, to.languages[0]) for said in told[:SHOWN]]
                subject = subject or self._subject(told, rows)
                preview = preview or f"{rows[0].headline} {rows[0].asked}"
                context = self._context(to, told, rows) | {"language": language}
                name = "alert" if len(told) == 1 and not self._digest else "alerts"
                texts.append(render_to_string(f"reporting/mails/{name}.txt", context).strip())
                # The chart stands once, with the language of the subject.
                context["charts"] = language == to.languages[0]
                pages.append(render_to_string(f"reporting/mails/{name}.html", context))
        with translation.override(to.languages[0]):
            whole = {"subject": subject, "pages": pages, "language": to.languages[0], "preview": preview}
            html = render_to_string("reporting/mails/letter.html", whole)
        return Letter(subject, f"\n\n{LINE}\n\n".join(texts) + "\n", html, tuple(images.values()))

    def _row(self, said: Said, told: Sequence[Said], images: dict[str, Image], language: str) -> Row:
        kind, evidence = KINDS[said.kind], self._known.evidence(said)
        definition = self._known.definitions[said.indicator]
        unit = unit_named(definition.unit)
        agency, domain = self._known.agencies.get(said.agency or ""), self._known.domains.get(said.domain or "")
        now, shown = in_force(said), {"standing": gettext(NAMES.get(said.severity, said.severity))}
        asks = kind.asks(said.level) if said.answer_by or said.kind not in ASK_WITH_A_DAY else NOTHING
        image = None
        if len(told) <= MOST_CHARTS and not self._digest:
            with translation.override(language):
                image = self._image(judged_chart(evidence, definition), language)
        if image:
            images[image.name] = image
        return Row(
            name=inert(name_shown(definition.indicator)),
            agency=inert(name_shown(agency)) or gettext("Nation"),
            domain=inert(name_shown(domain)),
            cls=now if now in NAMES else "",
            standing=gettext(NAMES.get(now, now)),
            label=gettext(kind.label) % shown,
            headline=gettext(kind.headline) % shown,
            facts=facts(said, evidence, unit),
            since=day_shown(said.since),
            gap=gap_shown(evidence, unit),
            asked=gettext(asks),
            answer_by=_day(said.answer_by) if asks not in WITHOUT_A_DAY else "",
            why_you=gettext(WHY_YOU[min(max(said.level, 0), len(WHY_YOU) - 1)]),
            warns=kind.warns,
            url=alert_page(said.alert),
            chart=content_id(image.name) if image else "",
            alt=gettext("Chart. ") + " · ".join(f"{what}: {value}" for what, value in numbers(evidence, unit)),
        )

    def _image(self, data: ChartData | None, language: str) -> Image | None:
        """Drawn once for the same points, whoever reads it."""
        if data is None:
            return None
        key = f"{data.digest}|{language}"
        if key not in self._drawn:
            # Named for what it is of, so that no two pictures of a mail program's memory are mistaken.
            name = f"chart-{hashlib.sha256(key.encode()).hexdigest()[:16]}.png"
            self._drawn[key] = Image(name, draw_png(data, language))
        return self._drawn[key]

    def _context(self, to: To, told: Sequence[Said], rows: Sequence[Row]) -> dict[str, Any]:
        return {
            "to": inert(name_shown(to)),
            "row": rows[0],
            "groups": [(agency, list(of_it)) for agency, of_it in groupby(rows, key=lambda row: row.agency)],
            "summary": self._summary(told),
            "others": len(told) - len(rows),
            "list_url": page(ALERTS),
            "settings_url": page(SETTINGS) if self._digest else "",
            "warns": any(row.warns for row in rows),
            "width": PNG_WIDTH,
            "sample": settings.DEMO,
        }

    def _subject(self, told: Sequence[Said], rows: Sequence[Row]) -> str:
        if len(told) == 1 and not self._digest:
            row = rows[0]
            words = {"label": row.label, "name": Truncator(row.name).chars(LONGEST_NAME), "scope": row.scope}
            subject = gettext("[Shinchoku] %(label)s: %(name)s (%(scope)s)") % words
        else:
            words = {"what": self._summary(told)}
            subject = (
                gettext("[Shinchoku] Summary: %(what)s") if self._digest else gettext("[Shinchoku] Alerts: %(what)s")
            )
            subject %= words
        return inert(gettext("[Sample] %(subject)s") % {"subject": subject} if settings.DEMO else subject)

    def _summary(self, told: Sequence[Said]) -> str:
        """How many there are, and how many of them are of the worst class."""
        alarms = [said.severity for said in told if KINDS[said.kind].alarms]
        words: dict[str, Any] = {"n": len(told)}
        if not alarms:
            return ngettext("%(n)s alert", "%(n)s alerts", len(told)) % words
        worst = max(alarms, key=_badness)
        words |= {"m": alarms.count(worst), "standing": gettext(NAMES.get(worst, worst))}
        return ngettext("%(n)s alert, %(standing)s: %(m)s", "%(n)s alerts, %(standing)s: %(m)s", len(told)) % words


LINE = "-" * 40


def _order(said: Said) -> tuple[str, int, str, str, int]:
    """The nation first; of each agency the worst first."""
    return said.agency or "", -_badness(said.severity), said.indicator, said.domain or "", said.alert


def _badness(cls: str) -> int:
    return ORDER.index(cls) if cls in ORDER else -1


def _day(day: date | None) -> str:
    return day_shown(day) if day else ""
