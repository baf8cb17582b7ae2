"""Alerts, and the mails they send. A mail is a row first; it is sent from the row, never inside a transaction."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Unit
from indicators.models import Domain, Indicator


class Alert(models.Model):
    """Something is off track and someone is responsible. At most one is open per thing."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="alerts", verbose_name=_("indicator"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+", verbose_name=_("technology domain"))
    severity = models.CharField(
        _("severity"), max_length=12, choices=[("at_risk", _("At risk")), ("off_track", _("Off track"))]
    )
    responsible = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    opened_at = models.DateTimeField(_("opened at"))
    changed_at = models.DateTimeField(_("changed at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    position = models.BigIntegerField()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency", "domain"],
                condition=models.Q(resolved_at__isnull=True),
                nulls_distinct=False,
                name="one_open_alert_per_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.severity}"


class OutboxMail(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    # One mail per alert (or day), change and recipient, however often somebody looks.
    key = models.CharField(max_length=64, unique=True)
    # What tells a witness of a tree head belongs to no alert and goes to no agency.
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="mails")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    address = models.EmailField(_("address"))
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("body"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.SmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    error = models.TextField(_("error"), blank=True)
    business_time = models.DateTimeField()
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [
            # What the sender looks for: the oldest mail that is due.
            models.Index(fields=["due_at"], condition=models.Q(state__in=["queued", "sending"]), name="mail_to_send")
        ]

    def __str__(self) -> str:
        return self.subject
