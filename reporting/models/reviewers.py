"""審査担当: who of CSTI is named for which reports. No facts of the log: who decided is in the event."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from indicators.models import PlanNode
from reporting.models.reports import Report


class Post(models.TextChoices):
    REVIEWER = "reviewer", _("Reviewer")
    STAND_IN = "stand_in", _("Reviewer of the reviewers' own agency's reports")
    CHIEF = "chief", _("Chief reviewer")


class ReviewPost(models.Model):
    """A person named for a pillar (or the plan as a whole), or as the reviewer of an agency, from a moment until
    another."""

    post = models.CharField(_("named as"), max_length=8, choices=Post.choices)
    node = models.ForeignKey(PlanNode, models.PROTECT, null=True, related_name="+", verbose_name=_("pillar"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"), null=True)
    named_by = models.CharField(_("named by"), max_length=120)
    ended_by = models.CharField(_("ended by"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("named reviewer")
        verbose_name_plural = _("named reviewers")
        constraints = [
            models.UniqueConstraint(
                fields=["post", "node", "agency", "person"],
                condition=models.Q(until_at__isnull=True),
                nulls_distinct=False,
                name="nobody_is_named_twice",
            ),
            models.CheckConstraint(condition=models.Q(post__in=Post.values), name="review_post_is_known"),
            models.CheckConstraint(
                condition=models.Q(node__isnull=False, agency__isnull=True)
                | models.Q(node__isnull=True, agency__isnull=False, post="reviewer"),
                name="named_for_a_pillar_or_an_agency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.node_id or self.agency_id}: {self.person_id}"


class ReviewDuty(models.Model):
    """Whose turn it is: a view over the reports that wait, of the people named for each; with none, no row."""

    pk = models.CompositePrimaryKey("report", "person")
    report = models.ForeignKey(Report, models.DO_NOTHING, related_name="+")
    agency = models.ForeignKey(Agency, models.DO_NOTHING, related_name="+")
    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "review_duty"
        verbose_name = _("report to review")
        verbose_name_plural = _("reports to review")

    def __str__(self) -> str:
        return f"{self.report_id}: {self.person_id}"
