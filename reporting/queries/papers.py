"""Meeting papers: what one can be about, one's own, and where an indicator has been used."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Agency, in_force
from indicators.models import Indicator, IndicatorDefinition, Level, Plan, PlanNode
from reporting.domain.errors import NotFound, PaperGone, PaperNotReady, Refusal
from reporting.models import PaperFile, PaperJob
from reporting.queries.agency_page import may_see_agency
from reporting.queries.shown import name_shown

NEWEST = 20
Kind, State = PaperJob.Kind, PaperJob.State


@dataclass(frozen=True)
class Subject:
    """What a paper is about: its kind, and of which pillar, indicator or agency."""

    kind: str
    code: str = ""


def subject_shown(*, actor: Actor, subject: Subject, as_of: int | None = None) -> str | None:
    """What it is about, in words; None for what is not there, or not this actor's to see. One query."""
    code = subject.code
    if subject.kind == Kind.NATIONAL and not code:
        plan = Plan.objects.filter(in_force(as_of)).first()
        return gettext("The nation") if plan else None
    if subject.kind == Kind.PILLAR:
        node = PlanNode.objects.filter(in_force(as_of), level=Level.PILLAR, code=code).first()
        return f"{code} {name_shown(node)}" if node else None
    if subject.kind == Kind.INDICATOR:
        defined = IndicatorDefinition.objects.filter(in_force(as_of), indicator=code).select_related("indicator")
        found = defined.first()
        return f"{code} {name_shown(found.indicator)}" if found else None
    if subject.kind == Kind.AGENCY and may_see_agency(actor, code):
        return name_shown(Agency.objects.filter(pk=code).first()) or None
    return None


@dataclass(frozen=True)
class Told:
    """A job with what it is about, in words. `failure`: why it could not be made."""

    job: PaperJob
    about: str
    failure: str


def papers_of(*, actor: Actor) -> list[Told]:
    """The newest papers this person has asked for as who they act as now. Four queries at most."""
    return _told(_own(actor).order_by("-noted_at")[:NEWEST])


def find_paper(*, actor: Actor, paper: UUID) -> Told | None:
    """One of the person's own, asked for as who they act as now. At most two queries."""
    told = _told(_own(actor).filter(id=paper))
    return told[0] if told else None


def file_of(*, actor: Actor, paper: UUID) -> tuple[PaperJob, bytes]:
    """To be given out now: whether it still may be is asked again. Raises NotFound, PaperNotReady, PaperGone."""
    job = _own(actor).filter(id=paper).first() if actor.may(Deed.SEE_DESK) else None
    if job is None or (job.kind == Kind.AGENCY and not may_see_agency(actor, job.code)):
        raise NotFound()
    if job.state == State.FORGOTTEN:
        raise PaperGone()
    file = access.own(PaperFile.objects.filter(job=job.id), actor).first()
    if file is None:
        raise PaperNotReady()
    return job, bytes(file.content)


def used_in(*, actor: Actor, indicator: str, as_of: int | None = None) -> list[Told]:
    """The newest papers that tell of an indicator, asked for by people of agencies this actor may see: of what, by
    whom, when, and for which position, which is none after `as_of`. Their files are not for others. Four queries at
    most."""
    made = PaperJob.objects.filter(indicators__contains=[indicator], state__in=[State.READY, State.FORGOTTEN])
    if as_of is not None:
        made = made.filter(position__lte=as_of)
    return _told(access.visible(made.select_related("agency"), actor).order_by("-made_at")[:NEWEST])


def _own(actor: Actor) -> QuerySet[PaperJob]:
    """What was made for a reporter of one agency is not for one of another, though it be the same person."""
    rows = access.own(access.visible(PaperJob.objects.all(), actor), actor)
    return rows.filter(membership=actor.membership)


def _told(rows: QuerySet[PaperJob]) -> list[Told]:
    jobs = list(rows)
    codes: dict[str, set[str]] = {kind: {job.code for job in jobs if job.kind == kind} for kind in Kind.values}
    names: dict[tuple[str, str], str] = {}
    if codes[Kind.PILLAR]:
        names |= {(Kind.PILLAR, n.code): name_shown(n) for n in PlanNode.objects.filter(code__in=codes[Kind.PILLAR])}
    if codes[Kind.INDICATOR]:
        found = Indicator.objects.filter(code__in=codes[Kind.INDICATOR])
        names |= {(Kind.INDICATOR, n.code): name_shown(n) for n in found}
    if codes[Kind.AGENCY]:
        names |= {(Kind.AGENCY, n.code): name_shown(n) for n in Agency.objects.filter(code__in=codes[Kind.AGENCY])}
    messages = {refusal.code: refusal.message for refusal in Refusal.__subclasses__()}
    return [
        Told(
            job,
            gettext("The nation") if job.kind == Kind.NATIONAL else names.get((job.kind, job.code), job.code),
            gettext(messages.get(job.failure, job.failure)) if job.failure else "",
        )
        for job in jobs
    ]


def file_name(job: PaperJob) -> str:
    """What a file is called where it is downloaded: what it is about and which position it stands for."""
    about = "-".join(filter(None, ("shinchoku", str(job.kind), job.code, str(job.position or ""))))
    return f"{about}.{job.form}"
