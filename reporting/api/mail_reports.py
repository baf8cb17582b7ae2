"""A provider's webhook: what became of mails. Checked and read by django-anymail, which knows each provider's form."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from agencies.middleware import acts
from reporting import alerts
from reporting.domain.bounces import CameBack, bounced, status_in
from reporting.domain.status_notification import mail_named_in

log = structlog.get_logger()

View = Callable[[HttpRequest], HttpResponse]


@csrf_exempt
@acts
def received(request: HttpRequest, provider: str) -> HttpResponse:
    """Of the provider that is configured, with the name and password that are; of any other there is no such page."""
    if provider != configured():
        raise Http404
    try:
        return _view(provider)(request)
    except ImproperlyConfigured:
        log.exception("mail reports cannot be checked", provider=provider)
        return HttpResponse(status=503)  # the provider asks again, and by then somebody may have mended it


def configured() -> str:
    """The provider whose reports are taken in, if any: without a password of its own anybody could send them."""
    backend = settings.EMAIL_BACKEND.split(".")
    return backend[2] if backend[0] == "anymail" and settings.ANYMAIL.get("WEBHOOK_SECRET") else ""


@cache
def _view(provider: str) -> View:
    # Loaded when there is a provider: an HTTP client and the forms of a dozen.
    from anymail.exceptions import AnymailWebhookValidationFailure
    from anymail.signals import AnymailTrackingEvent
    from anymail.urls import urlpatterns

    name = f"{provider}_tracking_webhook"
    theirs = next((pattern.callback.view_class for pattern in urlpatterns if pattern.name == name), None)
    if theirs is None:
        raise ImproperlyConfigured(f"{provider} reports nothing")

    class Reports(theirs):  # type: ignore[misc,valid-type]
        """Theirs, but that events are taken in here and not sent on as signals."""

        def post(self, request: HttpRequest) -> HttpResponse:
            if "authorization" not in request.headers:
                return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="mail reports"'})
            try:
                self.run_validators(request)
            except AnymailWebhookValidationFailure as error:
                log.warning("mail reports refused", provider=provider, error=str(error))
                return HttpResponse(status=403)
            except Exception as error:  # noqa: BLE001 - unchecked, so anybody's: a number where a text should be
                return _unreadable(provider, error)
            try:
                events = [event for event in self.parse_events(request) if isinstance(event, AnymailTrackingEvent)]
                reports = list(_reports(events, provider))
            except Exception as error:  # noqa: BLE001 - not in the form that is known
                return _unreadable(provider, error)
            alerts.take_reports(reports, now=timezone.now())
            return HttpResponse()

    view: View = Reports.as_view()
    return view


def _unreadable(provider: str, error: Exception) -> HttpResponse:
    log.warning("mail reports unreadable", provider=provider, error=f"{type(error).__name__}: {error}"[:300])
    return HttpResponse(status=400)


def _reports(events: Iterable[Any], provider: str) -> Iterator[alerts.Report]:
    for event in events:
        metadata = event.metadata if isinstance(event.metadata, dict) else {}
        # Given back as we gave it; and most providers name the Message-ID as well.
        mail = mail_named_in(f"{metadata.get('mail')}@ {event.message_id}")
        said = _text(event.mta_response or event.description)
        status = status_in(said) or status_in(_text(event.description))
        what = _what(event, status)
        if what is None:
            continue
        yield alerts.Report(
            mail=mail,
            what=what,
            at=event.timestamp if event.timestamp and timezone.is_aware(event.timestamp) else timezone.now(),
            recipient=_text(event.recipient),
            status=status,
            said=said,
            by=provider,
            event=_text(event.event_id),
        )


def _what(event: Any, status: str) -> CameBack | None:
    """None of what is on its way, opened or clicked. What the provider itself sends no more to has bounced before."""
    if event.event_type == "bounced":
        return bounced(status)
    if event.event_type == "rejected":
        gone = event.reject_reason in ("bounced", "invalid")
        return CameBack.BOUNCED if gone else CameBack.BOUNCED_FOR_NOW
    return {
        "delivered": CameBack.DELIVERED,
        "failed": CameBack.BOUNCED_FOR_NOW,
        "complained": CameBack.COMPLAINED,
        "unsubscribed": CameBack.COMPLAINED,
    }.get(event.event_type)


def _text(value: object) -> str:
    """What PostgreSQL takes and a row holds."""
    text = "" if value is None else str(value)
    return text[:2000].replace("\0", "").encode(errors="replace").decode()
