from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from agencies import clock
from indicators.holidays_jp import unknown_from
from indicators.periods import JST


def holidays_known(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    """Deadlines of the coming fiscal year need its holidays."""
    day = unknown_from(clock.now().astimezone(JST).date())
    if day is None:
        return []
    hint = "Install a newer version of the package `holidays` before deadlines of that time are set."
    return [checks.Warning(f"National holidays are not known from {day} on.", hint=hint, id="reporting.W001")]


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reporting")

    def ready(self) -> None:
        from reporting import event_store, tasks

        # The one signal of the project: something was appended, so the followers have something to look at.
        checks.register(holidays_known)
        event_store.appended.connect(tasks.wake_followers, dispatch_uid="wake_followers")
