from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reporting")

    def ready(self) -> None:
        from reporting import event_store, tasks

        # The one signal of the project: something was appended, so the followers have something to look at.
        event_store.appended.connect(tasks.wake_followers, dispatch_uid="wake_followers")
