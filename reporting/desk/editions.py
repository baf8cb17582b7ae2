"""確定版 before the public: no sign-in, no cookie, the bytes that were published. And for who signs in, what changed
since with its values."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from agencies.access import Deed
from agencies.middleware import ActingRequest, for_anybody
from reporting.desk.door import for_those_who_may
from reporting.queries import editions as queries

# A published file is never another one; what is listed changes with the next edition.
FOR_EVER, FOR_A_MINUTE = timedelta(days=365), timedelta(minutes=1)
PAGE = {"default-src": [NONE], "style-src": [SELF], "img-src": [SELF], "base-uri": [NONE], "form-action": [NONE],
        "frame-ancestors": [NONE]}  # fmt: skip
PICTURE = {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [NONE]}
SHOWN = (".html", ".svg", ".css", ".pdf", ".json", ".jsonl")  # the others are for another program


@csp(PAGE)
@for_anybody
@require_safe
def listed(request: HttpRequest, language: str = "ja") -> HttpResponse:
    return _page("list", language, {"editions": queries.published()})


@for_anybody
@require_safe
def front(request: HttpRequest, number: int) -> HttpResponse:
    if queries.published_one(number=number) is None:
        return _missing()
    answer = HttpResponseRedirect(f"/editions/{number}/ja/index.html")
    return _public(answer, FOR_A_MINUTE)


@csp(PAGE)  # type: ignore[arg-type]
@for_anybody
@require_safe
def file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    return _file(request, number, name)


@csp(PICTURE)  # type: ignore[arg-type]
@for_anybody
@require_safe
def picture(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """A chart may style itself and load nothing."""
    return _file(request, number, f"{name}.svg")


@csp(PAGE)  # type: ignore[arg-type]
@for_anybody
@require_safe
def corrections(request: HttpRequest, number: int, language: str = "ja") -> HttpResponse:
    """What is no longer so, since which day. The new value when a later edition has published it."""
    edition = queries.published_one(number=number)
    if edition is None:
        return _missing()
    with translation.override(language):
        found = queries.corrections(edition=edition)
    return _page("corrections", language, {"edition": edition, "found": found, "values": False})


@csp(PAGE)  # type: ignore[arg-type]
@for_those_who_may(Deed.SEE_DESK)
def corrections_with_values(request: ActingRequest, number: int) -> HttpResponse:
    edition = queries.published_one(number=number)
    if edition is None:
        raise Http404
    language = translation.get_language() or "ja"
    found = queries.corrections(edition=edition, values=True)
    answer = _page("corrections", language, {"edition": edition, "found": found, "values": True})
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    found = queries.published_file(number=number, name=name)
    if found is None:
        return _missing()
    published = found.edition.decided_at
    assert published is not None
    etag = f'"{found.sha256}"'
    answer = get_conditional_response(request, etag=etag, last_modified=int(published.timestamp()))
    if answer is None:
        answer = HttpResponse(bytes(found.content), content_type=found.content_type)
        if not name.endswith(SHOWN):
            file_name = f"edition-{number}-{PurePath(name).name}"
            answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(published.timestamp())
    answer["Access-Control-Allow-Origin"] = "*"  # open data: anybody's page may read it
    return _public(answer, FOR_EVER, immutable=True)


def _page(name: str, language: str, context: dict[str, Any]) -> HttpResponse:
    language = "en" if language.startswith("en") else "ja"
    ours = {"style": static("reporting/edition.css"), "icon": static("reporting/favicon.svg")}
    about = {"language": language, "sample": settings.DEMO, **ours}
    with translation.override(language):
        html = render_to_string(f"reporting/editions/{name}.html", {**about, **context})
    return _public(HttpResponse(html, headers={"Content-Language": language}), FOR_A_MINUTE)


def _missing() -> HttpResponse:
    answer = _page("missing", "ja", {})
    answer.status_code = HTTPStatus.NOT_FOUND
    return answer


def _public(answer: HttpResponse, age: timedelta, *, immutable: bool = False) -> HttpResponse:
    answer["Cache-Control"] = f"public, max-age={int(age.total_seconds())}" + (", immutable" if immutable else "")
    if settings.DEMO:
        answer["X-Robots-Tag"] = "noindex"  # sample figures are nobody's to find
    return answer
