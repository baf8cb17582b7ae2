"""WHO: agencies, their units, people and what they may act as.

Names and contacts are ordinary rows. What changes a number (an agency's kind, its supervisors, its groups) is an event,
and its row here carries the positions between which it was true.
"""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Temporal(models.Model):
    """True from `from_position` until before `to_position` of the log; open-ended when `to_position` is null."""

    from_position = models.BigIntegerField(_("from position"))
    to_position = models.BigIntegerField(_("to position"), null=True, blank=True)

    class Meta:
        abstract = True


def in_force(as_of: int | None = None) -> models.Q:
    """The rows of a temporal table that are true now, or were at a position."""
    if as_of is None:
        return models.Q(to_position__isnull=True)
    ends_later = models.Q(to_position__isnull=True) | models.Q(to_position__gt=as_of)
    return models.Q(from_position__lte=as_of) & ends_later


class Person(AbstractUser):
    name = models.CharField(_("name"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.username


class Agency(models.Model):
    """A body that reports, supervises or reviews, or a group of such (groups never sign in)."""

    code = models.CharField(_("code"), primary_key=True, max_length=32)
    name_ja = models.CharField(_("name (Japanese)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200)
    corporate_number = models.CharField(_("corporate number"), max_length=13, blank=True)
    sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")

    def __str__(self) -> str:
        return self.name_ja


class AgencyProfile(Temporal):
    """What an agency is, as the plan's events say: its kind and who supervises it."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="profiles")
    kind = models.CharField(_("kind"), max_length=32)
    supervisors = ArrayField(models.CharField(max_length=32), default=list, verbose_name=_("supervisors"))

    class Meta:
        verbose_name = _("agency profile")
        verbose_name_plural = _("agency profiles")
        constraints = [
            models.UniqueConstraint(fields=["agency"], condition=in_force(), name="one_profile_in_force_per_agency")
        ]

    def __str__(self) -> str:
        return f"{self.agency_id}: {self.kind}"


class GroupMember(Temporal):
    group = models.ForeignKey(Agency, models.PROTECT, related_name="members")
    member = models.ForeignKey(Agency, models.PROTECT, related_name="groups")

    class Meta:
        verbose_name = _("group member")
        verbose_name_plural = _("group members")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "member"], condition=in_force(), name="one_membership_in_force_per_group_and_member"
            ),
            models.CheckConstraint(condition=~models.Q(group=models.F("member")), name="no_group_is_its_own_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} ∈ {self.group_id}"


class Unit(models.Model):
    """課室: part of an agency; people belong to units, and mails go to its shared address."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="units", verbose_name=_("agency"))
    code = models.CharField(_("code"), max_length=32)
    name_ja = models.CharField(_("name (Japanese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120)
    email = models.EmailField(_("shared e-mail address"), blank=True)
    told_of_lag = models.BooleanField(_("is told when an indicator of its agency falls behind"), default=False)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(fields=["agency", "code"], name="unit_code_is_unique_in_its_agency"),
            # What a composite foreign key of Membership points at.
            models.UniqueConstraint(fields=["id", "agency"], name="unit_with_its_agency"),
        ]

    def __str__(self) -> str:
        return self.name_ja


class Role(models.TextChoices):
    REPORTER = "reporter", _("Reporter")
    CONTRIBUTOR = "contributor", _("Department contributor")  # answers what a reporter asks of their unit
    RESPONSIBLE = "responsible", _("Responsible person")
    REVIEWER = "reviewer", _("CSTI reviewer")
    SECRETARIAT = "secretariat", _("CSTI secretariat")
    MINISTRY = "ministry", _("Supervising ministry")
    AUDITOR = "auditor", _("Auditor")
    OPERATOR = "operator", _("Operator")


class Membership(models.Model):
    """A person in a unit with a role. A person may hold several and acts as one at a time."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships", verbose_name=_("unit"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit", "role"],
                condition=models.Q(ended_on__isnull=True),
                name="one_current_membership_per_person_unit_and_role",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.unit} ({self.get_role_display()})"
