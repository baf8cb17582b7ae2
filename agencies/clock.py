"""The one business clock. Only doors read it; everything below is handed the time."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone


def now() -> datetime:
    """The business time, aware. A demo stands still at BUSINESS_CLOCK; settings refuse that in production."""
    return settings.BUSINESS_CLOCK or timezone.now()


def demo_banner(request: HttpRequest) -> dict[str, object]:
    """Template context: a demo says so on every page, with the time it stands at."""
    return {"demo": settings.DEMO, "demo_clock": settings.BUSINESS_CLOCK}
