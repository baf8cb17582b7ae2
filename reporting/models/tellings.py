"""誰に何を伝えたか: each thing that was to be told to each recipient, and what became of it."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from indicators.models import Domain, Indicator
from reporting.domain.alerts.telling import Decision, Kind
from reporting.models.alerts import Alert, OutboxMail


class Telling(models.Model):
    """One thing, one recipient: a unit's shared address, or a person. Kept whether it is mailed or not, with why."""

    class What(models.TextChoices):
        FIRED = Kind.FIRED.value, _("fell behind")
        REOPENED = Kind.REOPENED.value, _("fell behind again")
        WORSE = Kind.WORSE.value, _("got worse")
        AGAIN = Kind.AGAIN.value, _("still unanswered")
        ESCALATED = Kind.ESCALATED.value, _("passed on, for nobody has answered")
        ACKNOWLEDGED = Kind.ACKNOWLEDGED.value, _("acknowledged")
        PLAN_SUBMITTED = Kind.PLAN_SUBMITTED.value, _("action plan submitted")
        PLAN_RETURNED = Kind.PLAN_RETURNED.value, _("action plan returned")
        PLAN_ACCEPTED = Kind.PLAN_ACCEPTED.value, _("action plan accepted")
        LAPSED = Kind.LAPSED.value, _("no accepted action plan in time")
        ACTION_OVERDUE = Kind.ACTION_OVERDUE.value, _("action overdue")
        RESOLVED = Kind.RESOLVED.value, _("recovered")
        BY_HAND = Kind.BY_HAND.value, _("standing set by hand")
        HAND_ENDED = Kind.HAND_ENDED.value, _("standing set by hand ended")
        PENDING = Kind.PENDING.value, _("worse, to be confirmed")
        LATE = Kind.LATE.value, _("an earlier period changed")
        UNJUDGEABLE = Kind.UNJUDGEABLE.value, _("cannot be judged any more")

    class Became(models.TextChoices):
        WAITING = Decision.WAITING.value, _("waits for the next mail")
        MAILED = Decision.MAILED.value, _("in a mail")
        OVER = Decision.OVER.value, _("not told: over before a mail was written")
        SUPERSEDED = Decision.SUPERSEDED.value, _("not told: something newer was told instead")
        UNTOLD = Decision.UNTOLD.value, _("not told: the recipient had not been told that it was behind")
        SILENCED = Decision.SILENCED.value, _("not told: the mails of this alert are kept back for a time")
        INHIBITED = Decision.INHIBITED.value, _("not told: the indicator as a whole is off track, which was told")
        ASKED_FOR = Decision.ASKED_FOR.value, _("not told: the overdue report is being asked for itself")
        FROZEN = Decision.FROZEN.value, _("not told: all mails of alerts were held back")
        STORM = Decision.STORM.value, _("not told: an administrator found it to be an error")
        DECLINED = Decision.DECLINED.value, _("not told: the recipient does not want such mails")
        UNREACHABLE = Decision.UNREACHABLE.value, _("not told: there is no address that takes mails")

    # Of what belongs to no alert, the indicator and its scope are told alone.
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="tellings", verbose_name=_("alert"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator"))
    scope_agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    scope_domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("what is told"), max_length=16, choices=What.choices)
    # The event's position; of what the clock says, the business day as a number: 20261228.
    turn = models.BigIntegerField()
    seq = models.SmallIntegerField(default=0)
    severity = models.CharField(max_length=12)
    level = models.SmallIntegerField(_("level"), default=0)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))  # of the recipient
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("person"))
    said = models.JSONField(default=dict)  # what the letter needs of then: alerts.letters.Said
    at = models.DateTimeField(_("at"))
    queued_at = models.DateTimeField(db_default=Now())
    cleared = models.BooleanField(default=False)  # it is part of no storm
    decision = models.CharField(
        _("what became of it"), max_length=12, choices=Became.choices, default=Decision.WAITING.value
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    detail = models.JSONField(default=dict)  # which alert, silence or hold
    mail = models.ForeignKey(OutboxMail, models.PROTECT, null=True, related_name="tellings", verbose_name=_("mail"))

    class Meta:
        verbose_name = _("thing told")
        verbose_name_plural = _("things told")
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "indicator", "scope_agency", "scope_domain", "kind", "turn", "unit", "person"],
                nulls_distinct=False,
                name="each_thing_is_told_once",
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False) ^ models.Q(person__isnull=False), name="told_to_unit_or_person"
            ),
            models.CheckConstraint(
                condition=models.Q(decision="mailed") | models.Q(mail__isnull=True), name="mailed_in_a_mail"
            ),
        ]
        indexes = [
            models.Index(fields=["queued_at"], condition=models.Q(decision="waiting"), name="telling_waits"),
            models.Index(fields=["mail"], condition=models.Q(mail__isnull=False), name="telling_in_a_mail"),
            models.Index(fields=["unit", "-id"], name="telling_to_a_unit"),
            models.Index(fields=["person", "-id"], name="telling_to_a_person"),
            models.Index(fields=["alert", "-id"], name="telling_of_an_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.kind} {self.turn}"


class MailHold(models.Model):
    """No mail of an alert goes: so much has moved at once that somebody is asked first, or the secretariat froze it."""

    class Why(models.TextChoices):
        STORM = "storm", _("more than three tenths of what is judged changed in one round")
        FREEZE = "freeze", _("the secretariat holds all mails of alerts back")

    class Decision(models.TextChoices):
        RELEASED = "released", _("mails go out")
        DISCARDED = "discarded", _("what waited is not told")

    why = models.CharField(_("why"), max_length=8, choices=Why.choices)
    at = models.DateTimeField(_("since"))
    reason = models.TextField(_("reason"), blank=True)
    name = models.CharField(_("by"), max_length=120, blank=True)
    changed = models.IntegerField(default=0)
    judged = models.IntegerField(default=0)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_name = models.CharField(_("decided by"), max_length=120, blank=True)
    settled = models.BooleanField(default=False)  # what follows from the decision has been done

    class Meta:
        verbose_name = _("hold of alert mails")
        verbose_name_plural = _("holds of alert mails")
        constraints = [
            models.UniqueConstraint(
                fields=["why"], condition=models.Q(decision=""), name="one_hold_of_a_kind_is_undecided"
            )
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.at:%Y-%m-%d}"
