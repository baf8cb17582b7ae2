"""Meeting papers: ask for one, watch it being made, download it. One's own, and nobody else's."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.commands import papers as commands
from reporting.desk.door import for_those_who_may
from reporting.domain.errors import NotFound, Refusal
from reporting.models import PaperJob
from reporting.papers.kinds import TYPES
from reporting.queries import papers as queries
from reporting.queries.papers import Subject


@for_those_who_may(Deed.SEE_DESK)
def listed(request: ActingRequest) -> HttpResponse:
    context = {"papers": queries.papers_of(actor=request.actor), "days": settings.KEEP_PAPERS_DAYS}
    return render(request, "reporting/desk/papers.html", context)


@for_those_who_may(Deed.SEE_DESK, writes=True)
@acts
def new(request: ActingRequest) -> HttpResponse:
    """What the paper is to be about is in the address. GET asks how it is to look; POST has it made."""
    subject = Subject(request.GET.get("kind", PaperJob.Kind.NATIONAL), request.GET.get("code", "").strip())
    said = request.POST if request.method == "POST" else request.GET
    typed = {
        "as_of": said.get("as_of", "")[:40],
        "form": said.get("form", PaperJob.Form.PDF),
        "language": said.get("language", get_language() or "ja"),
    }
    refusal: Refusal | None = None
    if request.method == "POST":
        asked = commands.Asked(subject=subject, **typed)
        try:
            paper = commands.ask_paper(actor=request.actor, asked=asked, now=clock.now())
            return redirect("desk:paper", paper)
        except NotFound:
            raise Http404 from None
        except Refusal as error:
            refusal = error
    with access.reading(request.actor):
        about = queries.subject_shown(actor=request.actor, subject=subject)
    if about is None:
        raise Http404
    context = {
        "subject": subject,
        "about": about,
        "typed": typed,
        "forms": PaperJob.Form.choices,
        "languages": settings.LANGUAGES,
        "refusal": _(refusal.message) % refusal.params if refusal else "",
        "days": settings.KEEP_PAPERS_DAYS,
    }
    return render(request, "reporting/desk/paper_new.html", context, status=refusal.status if refusal else 200)


@for_those_who_may(Deed.SEE_DESK)
def one(request: ActingRequest, paper: UUID) -> HttpResponse:
    """How far it is; and when it is ready, the file."""
    told = queries.find_paper(actor=request.actor, paper=paper)
    if told is None:
        raise Http404
    context = {"told": told, "job": told.job, "days": settings.KEEP_PAPERS_DAYS}
    return render(request, "reporting/desk/paper.html", context)


@for_those_who_may(Deed.SEE_DESK)
def progress(request: ActingRequest, paper: UUID) -> HttpResponse:
    """How far it is, for the page's script."""
    told = queries.find_paper(actor=request.actor, paper=paper)
    if told is None:
        raise Http404
    job = told.job
    return JsonResponse({"percent": job.progress, "running": job.running, "step": _step(job)})


@for_those_who_may(Deed.SEE_DESK)
def file(request: ActingRequest, paper: UUID) -> HttpResponse:
    try:
        job, content = queries.file_of(actor=request.actor, paper=paper)
    except NotFound:
        raise Http404 from None
    except Refusal as refusal:
        words = _(refusal.message) % refusal.params
        return HttpResponse(words, status=refusal.status, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type=TYPES[PaperJob.Form(job.form)])
    response["Content-Disposition"] = content_disposition_header(True, queries.file_name(job))
    response["Cache-Control"] = "private, no-store"
    return response


def _step(job: PaperJob) -> str:
    return job.get_step_display() or job.get_state_display()
