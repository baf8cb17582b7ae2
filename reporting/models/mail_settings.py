"""Who is told of an agency's alerts, in which order; what a recipient wants to be told, how often, and how."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from reporting.domain.alerts.ladder import DAYS
from reporting.domain.alerts.telling import Frequency, Group
from reporting.models.alerts import SEVERITIES

A_UNIT_OR_A_PERSON = models.Q(unit__isnull=False) ^ models.Q(person__isnull=False)


class Ladder(models.Model):
    """The business days on which the levels of an agency are told, if others than usual."""

    agency = models.OneToOneField(Agency, models.PROTECT, primary_key=True, verbose_name=_("agency"))
    days = ArrayField(models.SmallIntegerField(), size=len(DAYS), verbose_name=_("business days"))
    set_at = models.DateTimeField(db_default=Now())
    set_name = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")

    def __str__(self) -> str:
        return f"{self.agency_id}: {self.days}"


class LadderContact(models.Model):
    """Who is told at a level of an agency's ladder. Where none is named, the usual ones are."""

    class Level(models.IntegerChoices):
        OFFICER = 0, _("officer in charge")
        HEAD = 1, _("head of division")
        MINISTRY = 2, _("supervising ministry")
        SECRETARIAT = 3, _("CSTI secretariat")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    level = models.SmallIntegerField(_("level"), choices=Level.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("person"))

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "level", "unit", "person"], nulls_distinct=False, name="each_contact_is_named_once"
            ),
            models.CheckConstraint(condition=A_UNIT_OR_A_PERSON, name="contact_is_unit_or_person"),
            models.CheckConstraint(condition=models.Q(level__in=[0, 1, 2, 3]), name="contact_level_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.level}"


class MailChoice(models.Model):
    """How often a recipient wants to be told of a group of things. Where there is none, the usual holds."""

    class Of(models.TextChoices):
        LAG = Group.LAG.value, _("an indicator is behind")
        ANSWERS = Group.ANSWERS.value, _("answers and action plans")
        RECOVERED = Group.RECOVERED.value, _("an indicator has recovered")
        NOTES = Group.NOTES.value, _("signs, and changes of earlier periods")

    class Often(models.TextChoices):
        IMMEDIATE = Frequency.IMMEDIATE.value, _("at once (at most one mail a business day)")
        DAILY = Frequency.DAILY.value, _("each business day")
        WEEKLY = Frequency.WEEKLY.value, _("each week, on Monday")
        MONTHLY = Frequency.MONTHLY.value, _("each month, on the first")
        NEVER = Frequency.NEVER.value, _("never")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    group = models.CharField(_("what"), max_length=10, choices=Of.choices)
    frequency = models.CharField(_("how often"), max_length=10, choices=Often.choices)
    at_least = models.CharField(_("from"), max_length=12, choices=SEVERITIES, default="at_risk")

    class Meta:
        verbose_name = _("choice of mails")
        verbose_name_plural = _("choices of mails")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "unit", "person", "group"], nulls_distinct=False, name="one_choice_a_group"
            ),
            models.CheckConstraint(condition=A_UNIT_OR_A_PERSON, name="choice_of_unit_or_person"),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.frequency}"


class MailReader(models.Model):
    """In which language a recipient reads mails, and who reads them in their place from one day to another."""

    class Language(models.TextChoices):
        BOTH = "both", _("Japanese and English")
        JA = "ja", _("Japanese only")
        EN = "en", _("English only")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    language = models.CharField(_("language"), max_length=4, choices=Language.choices, default=Language.BOTH)
    deputy = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("deputy"))
    deputy_from = models.DateField(_("from"), null=True)
    deputy_until = models.DateField(_("until"), null=True)

    class Meta:
        verbose_name = _("reader of mails")
        verbose_name_plural = _("readers of mails")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "unit", "person"], nulls_distinct=False, name="one_reader_a_recipient"
            ),
            models.CheckConstraint(condition=A_UNIT_OR_A_PERSON, name="reader_is_unit_or_person"),
            models.CheckConstraint(
                condition=models.Q(deputy__isnull=True, deputy_from__isnull=True, deputy_until__isnull=True)
                | models.Q(deputy__isnull=False, deputy_from__isnull=False, deputy_until__isnull=False),
                name="a_deputy_has_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.language
