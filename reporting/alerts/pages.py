"""The pages that mails point at: by GET, behind sign-in, and never an act by themselves."""

from django.conf import settings

ALERTS = "/admin/reporting/alert/"
SETTINGS = "/admin/alerts/settings/"  # what one is told, and how often


def alert_page(alert: int) -> str:
    return page(f"/admin/alerts/{alert}/")


def page(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
