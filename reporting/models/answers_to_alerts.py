"""What people answered to alerts, and all that happened to each. The texts stand beside their events."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from reporting.models.alerts import SEVERITIES, Alert


class AlertChange(models.Model):
    """One thing that happened to an alert, in order: its history. `agency` is who is responsible."""

    class What(models.TextChoices):
        PENDING = "pending", _("A worse standing waits to be confirmed")
        DROPPED = "dropped", _("The worse standing was not confirmed")
        FIRED = "fired", _("Fell behind")
        REOPENED = "reopened", _("Fell behind again")
        WORSE = "worse", _("Got worse")
        BETTER = "better", _("Got better, and is still behind")
        RESOLVED = "resolved", _("Recovered")
        CLOSED = "closed", _("Closed: two periods without lag")
        BY_HAND = "by_hand", _("A standing was set by hand")
        HAND_ENDED = "hand_ended", _("A standing set by hand ended")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        PLAN_SUBMITTED = "plan_submitted", _("Action plan submitted")
        PLAN_RETURNED = "plan_returned", _("Action plan returned")
        PLAN_ACCEPTED = "plan_accepted", _("Action plan accepted")
        LAPSED = "lapsed", _("No accepted action plan in time")
        ACTION_OVERDUE = "action_overdue", _("The action should have been done by now")
        AGAIN = "again", _("Told again: nobody has answered")
        ESCALATED = "escalated", _("Passed on to the next level")
        SILENCED = "silenced", _("Mails kept back for a time")
        SILENCE_APPROVED = "silence_approved", _("Keeping mails back was agreed to")
        SILENCE_ENDED = "silence_ended", _("Mails are not kept back any more")

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="changes", verbose_name=_("alert"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    what = models.CharField(_("what happened"), max_length=16, choices=What.choices)
    at = models.DateTimeField(_("at"))
    state = models.CharField(max_length=16, choices=Alert.Stage.choices)  # after it
    severity = models.CharField(max_length=12, choices=SEVERITIES)
    seq = models.SmallIntegerField()
    # The event it follows from; of what the clock says of a business day there is none.
    position = models.BigIntegerField(null=True)
    event_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120, blank=True)  # of who did it, of then
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("change of an alert")
        verbose_name_plural = _("changes of alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "position", "what"],
                condition=models.Q(position__isnull=False),
                name="each_change_is_kept_once",
            )
        ]
        indexes = [models.Index(fields=["alert", "id"], name="change_of_an_alert")]
        triggers = [pgtrigger.Protect(name="no_change_is_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.what}"


class ActionPlan(models.Model):
    """What somebody responsible will do, and the value expected with it in the coming years. Explanation, action and
    owner stand beside its event."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("waits for a decision")
        RETURNED = "returned", _("returned")
        ACCEPTED = "accepted", _("accepted")

    class Cause(models.TextChoices):
        FUNDS = "funds", _("funds")
        STAFF = "staff", _("staff")
        RULES = "rules", _("rules and institutions")
        OUTSIDE = "outside", _("external circumstances")
        MEASUREMENT = "measurement", _("measurement")

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="plans", verbose_name=_("alert"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    number = models.SmallIntegerField(_("number"))
    event_id = models.UUIDField(unique=True)
    causes = ArrayField(models.CharField(max_length=12, choices=Cause.choices), verbose_name=_("causes"))
    due_on = models.DateField(_("to be done by"))
    expected = models.JSONField(_("expected effect"))  # fiscal year → value, in the indicator's own unit, as text
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.SUBMITTED)
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    submitted_name = models.CharField(max_length=120)
    submitted_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_name = models.CharField(max_length=120, blank=True)
    decision_id = models.UUIDField(null=True)  # its event, beside which the reason stands

    class Meta:
        verbose_name = _("action plan")
        verbose_name_plural = _("action plans")
        constraints = [
            models.UniqueConstraint(fields=["alert", "number"], name="plans_of_an_alert_are_numbered"),
            models.UniqueConstraint(
                fields=["alert"], condition=models.Q(state="submitted"), name="one_plan_of_an_alert_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} #{self.number}"


class Silence(models.Model):
    """The mails of an alert are kept back until the end of a day. Why stands beside its event. It stops neither pages
    nor the days of escalation."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="silences", verbose_name=_("alert"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    event_id = models.UUIDField(unique=True)
    since = models.DateTimeField(_("since"))
    until = models.DateField(_("last day"))
    renewals = models.SmallIntegerField(default=0)
    waits = models.BooleanField()  # for a second person
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_name = models.CharField(_("asked by"), max_length=120)
    approved_name = models.CharField(_("agreed by"), max_length=120, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_name = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("silence")
        verbose_name_plural = _("silences")
        indexes = [
            models.Index(fields=["alert"], condition=models.Q(ended_at__isnull=True), name="silence_of_an_alert")
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} until {self.until}"
