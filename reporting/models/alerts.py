"""Alerts, and the mails they send. A mail is a row first; it is sent from the row, never inside a transaction."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Role, Unit
from indicators.models import Domain, Indicator
from reporting.domain.alerts.life import ENDED, OPEN, State
from reporting.domain.delivery import Unwanted
from reporting.models.inquiries import Inquiry

UNWANTED = [
    (Unwanted.NO_ADDRESS.value, _("the unit has no address any more")),
    (Unwanted.NOBODY_IN_ROLE.value, _("nobody in the unit has the role any more")),
    (Unwanted.RESOLVED.value, _("over before it was sent")),
    (Unwanted.SUPERSEDED.value, _("a later mail tells it anew")),
    (Unwanted.WITHDRAWN.value, _("the inquiry was withdrawn")),
    (Unwanted.LEFT.value, _("an operator has decided so")),
    (Unwanted.SUPPRESSED.value, _("the address takes no mail")),
]


SEVERITIES = [("at_risk", _("At risk")), ("off_track", _("Off track"))]
OPEN_STATES, ENDED_STATES = (sorted(state.value for state in states) for states in (OPEN, ENDED))
IS_OPEN = models.Q(state__in=OPEN_STATES)


class Alert(models.Model):
    """Something is behind and someone is responsible. At most one per thing that has not ended. What it is in follows
    from the standings, from what people answered and from days that passed: domain.alerts.life."""

    class Stage(models.TextChoices):
        PENDING = State.PENDING.value, _("to be confirmed")
        DROPPED = State.DROPPED.value, _("not confirmed")
        FIRING = State.FIRING.value, _("unanswered")
        ACKNOWLEDGED = State.ACKNOWLEDGED.value, _("acknowledged")
        PLAN_SUBMITTED = State.PLAN_SUBMITTED.value, _("action plan submitted")
        IN_ACTION = State.IN_ACTION.value, _("action under way")
        RESOLVED = State.RESOLVED.value, _("recovered")
        CLOSED = State.CLOSED.value, _("closed")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="alerts", verbose_name=_("indicator"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+", verbose_name=_("technology domain"))
    severity = models.CharField(_("severity"), max_length=12, choices=SEVERITIES)
    state = models.CharField(_("state of the alert"), max_length=16, choices=Stage.choices, default=State.FIRING.value)
    responsible = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    opened_at = models.DateTimeField(_("opened at"))
    changed_at = models.DateTimeField(_("changed at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True)  # or dropped
    # Of the standing's event that was read last: what is read again is known by it.
    position = models.BigIntegerField()
    # How often it was to be answered anew; what people say is of the one they saw.
    seq = models.SmallIntegerField(default=1)
    clock_from = models.DateField(null=True)  # the business day from which escalation counts
    looked_on = models.DateField(null=True)  # the business day on which it was last looked at
    told_level = models.SmallIntegerField(default=0)
    due_on = models.DateField(_("due"), null=True)  # an accepted plan, or the action
    reopened = models.SmallIntegerField(_("times it came back"), default=0)
    period = models.CharField(_("period"), max_length=12, blank=True)
    well_in = models.CharField(max_length=12, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency", "domain"],
                condition=~models.Q(state__in=ENDED_STATES),
                nulls_distinct=False,
                name="one_open_alert_per_thing",
            ),
            models.CheckConstraint(condition=models.Q(state__in=[state.value for state in State]), name="alert_state"),
            models.CheckConstraint(
                condition=models.Q(resolved_at__isnull=False) ^ models.Q(state__in=[*OPEN_STATES, State.PENDING.value]),
                name="an_open_alert_has_not_ended",
            ),
        ]
        indexes = [
            # The pages of alerts: what is open of an agency, and who is responsible.
            models.Index(fields=["responsible", "state"], name="alert_by_responsible"),
            # What the clock looks at once each business day.
            models.Index(fields=["looked_on"], condition=IS_OPEN, name="alert_to_look_at"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.severity}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class OutboxMail(models.Model):
    """Written in the transaction of what it tells; what becomes of it is the sender's."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNCERTAIN = "uncertain", _("in doubt")
        CANCELLED = "cancelled", _("cancelled")

    class Kind(models.TextChoices):
        LAG = "lag", _("lag")  # is wanted while its alert is open and nothing later has been told of it
        INQUIRY = "inquiry", _("inquiry")  # is wanted until it is withdrawn
        FINDING = "finding", _("operation")
        WITNESS = "witness", _("seal")
        NOTICE = "notice", _("notice")
        REMINDER = "reminder", _("reminder")  # is wanted while something it asks for is not in
        OTHER = "other", _("other")

    # One mail per alert (or day), change and recipient, however often somebody looks.
    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.OTHER)
    # What tells a witness of a tree head belongs to no alert and goes to no agency.
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="mails")
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, null=True, related_name="+", db_index=False)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    # A mail to a unit goes to the address the unit has when it is sent; one for a role, while somebody there has it.
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    role = models.CharField(max_length=16, choices=Role.choices, blank=True)
    # One to a person, to the address they have then, while they work in the agency, and have the role if there is one.
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("person"))
    address = models.EmailField(_("address"))
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("body"))
    # The same once more, as a page; "" of a mail that is text only. Its pictures are MailImage rows.
    html = models.TextField(blank=True)
    # What came together, not one thing that happened: says where it can be turned off.
    digest = models.BooleanField(_("digest"), default=False)
    # Keys of the mails before it on the same thing, the oldest first, with spaces between: they make a thread.
    references = models.TextField(blank=True)
    # When nobody knows whether it arrived, it is better sent twice than not at all.
    mandatory = models.BooleanField(_("mandatory"), default=False)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.QUEUED)
    attempts = models.SmallIntegerField(_("attempts"), default=0)
    doubts = models.SmallIntegerField(default=0)
    queued_at = models.DateTimeField(_("queued at"), db_default=Now())
    due_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    # Committed before the first byte of the content goes out: without it a mail whose sender died has not left.
    handed_over_at = models.DateTimeField(null=True)
    error = models.TextField(_("error"), blank=True)
    reason = models.CharField(_("why cancelled"), max_length=16, blank=True, choices=UNWANTED)
    business_time = models.DateTimeField()
    sent_at = models.DateTimeField(_("sent at"), null=True)
    # What servers have reported since it was sent.
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    bounced_at = models.DateTimeField(_("bounced at"), null=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [
            # What the sender looks for: the oldest mail that is due.
            models.Index(fields=["due_at"], condition=models.Q(state__in=["queued", "sending"]), name="mail_to_send"),
            # What operators are told of, each minute.
            models.Index(fields=["id"], condition=models.Q(state__in=["failed", "uncertain"]), name="mail_in_trouble"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def shown_state(self) -> str:
        """With what servers have reported since: one that bounced has not arrived, whatever was reported before."""
        if self.bounced_at is not None:
            return gettext("bounced")
        return gettext("delivered") if self.delivered_at is not None else self.get_state_display()
