"""What is known of sending mails: each try, what came back, which addresses are written to no more, and whether the
sender may send at all."""

import pgtrigger
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from reporting.domain.bounces import CameBack
from reporting.domain.delivery import Decision, Outcome
from reporting.models.alerts import OutboxMail


class MailAttempt(models.Model):
    """One try to send a mail, what a person has decided about it, or what a server has reported of it later. Written
    when it has ended, and only added to."""

    class Ended(models.TextChoices):
        ACCEPTED = Outcome.ACCEPTED.value, _("accepted by the server")
        NOT_REACHED = Outcome.NOT_REACHED.value, _("server not reached")
        REFUSED_FOR_NOW = Outcome.REFUSED_FOR_NOW.value, _("refused for now")
        REFUSED = Outcome.REFUSED.value, _("refused for good")
        DIED = Outcome.DIED.value, _("sender died before handing it over")
        IN_DOUBT = Outcome.IN_DOUBT.value, _("handed over, no answer")
        UNWANTED = "unwanted", _("not wanted any more")
        KNOWN = "known", _("the ledger knows it was sent")
        AGAIN = Decision.AGAIN.value, _("to be sent again")
        ARRIVED = Decision.ARRIVED.value, _("has arrived")
        LEFT = Decision.LEFT.value, _("left as it is")
        DELIVERED = CameBack.DELIVERED.value, _("delivered")
        BOUNCED = CameBack.BOUNCED.value, _("bounced")
        BOUNCED_FOR_NOW = CameBack.BOUNCED_FOR_NOW.value, _("bounced for now")
        COMPLAINED = CameBack.COMPLAINED.value, _("complained of")

    mail = models.ForeignKey(OutboxMail, models.PROTECT, related_name="tries", verbose_name=_("mail"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), db_default=Now())
    ended = models.CharField(_("how it ended"), max_length=12, choices=Ended.choices)
    address = models.EmailField(_("address"))
    server = models.CharField(_("server"), max_length=200, blank=True)
    said = models.TextField(_("answer"), blank=True)  # of the server
    name = models.CharField(_("who"), max_length=120, blank=True)  # of a person, of then
    # What was reported is the same report, however often it comes.
    report_key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - of a try there is none

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            # What follows from a bounce depends on those of the week.
            models.Index(
                Lower("address"), "began_at", condition=models.Q(ended="bounced_now"), name="bounces_of_an_address"
            )
        ]
        triggers = [pgtrigger.Protect(name="no_attempt_is_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.mail_id} {self.ended}"


class MailImage(models.Model):
    """A picture in a mail, shown in its html by Content-ID. Only added to: a mail sent again is the same mail."""

    mail = models.ForeignKey(OutboxMail, models.PROTECT, related_name="images", verbose_name=_("mail"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    name = models.CharField(max_length=80)
    content = models.BinaryField()  # PNG

    class Meta:
        verbose_name = _("picture of a mail")
        verbose_name_plural = _("pictures of mails")
        constraints = [models.UniqueConstraint(fields=["mail", "name"], name="one_picture_of_a_name")]
        triggers = [pgtrigger.Protect(name="no_picture_is_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


class SuppressedAddress(models.Model):
    """An address that is written to no more, or after a complaint sent no digests: from a report on, until a time, or
    until an operator lifts it. Rows are added and closed."""

    class Why(models.TextChoices):
        BOUNCED = CameBack.BOUNCED.value, _("there is no such address, or it takes no mail")
        BOUNCED_FOR_NOW = CameBack.BOUNCED_FOR_NOW.value, _("bounced three times in seven days")
        COMPLAINED = CameBack.COMPLAINED.value, _("complained; it is sent no digests")

    address = models.EmailField(_("address"))  # in small letters
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    mail = models.ForeignKey(OutboxMail, models.PROTECT, related_name="+", verbose_name=_("mail"))  # that came back
    why = models.CharField(_("why"), max_length=12, choices=Why.choices)
    said = models.TextField(_("answer"), blank=True)  # of the server
    since = models.DateTimeField(_("since"), db_default=Now())
    until = models.DateTimeField(_("until"), null=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True)
    # Nobody's name: it was over, or another took its place.
    lifted_name = models.CharField(_("lifted by"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["address"],
                condition=models.Q(lifted_at__isnull=True) & ~models.Q(why="complained"),
                name="one_suppression_in_force_per_address",
            ),
            models.UniqueConstraint(
                fields=["address"],
                condition=models.Q(lifted_at__isnull=True, why="complained"),
                name="one_complaint_in_force_per_address",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_suppression_is_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="a_suppression_is_only_ever_closed", exclude=["lifted_at", "lifted_name"]),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.why}"


class MailSender(models.Model):
    """One row. `generation` names the database for which sending is allowed; in another one, which came from a backup,
    nobody knows what was sent since, and the sender pauses by itself until an operator resumes it."""

    class Reason(models.TextChoices):
        RESTORED = "restored", _("The database is not the one it was: restored from a backup, copied or failed over.")
        LEDGER = "ledger", _("The ledger knows of mails that the database holds to be unsent.")

    generation = models.TextField()
    paused_at = models.DateTimeField(_("paused at"), null=True)
    reason = models.CharField(_("why"), max_length=8, choices=Reason.choices, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    resumed_at = models.DateTimeField(_("resumed at"), null=True)
    resumed_name = models.CharField(_("resumed by"), max_length=120, blank=True)
    # Resumed: before anything is sent, what the ledger knows becomes sent.
    reconciled = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("mail sender")
        verbose_name_plural = _("mail senders")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_mail_sender")]

    def __str__(self) -> str:
        return self.generation
