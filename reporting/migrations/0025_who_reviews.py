from pathlib import Path

from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import PROTECT

from agencies.row_security import guard

SQL = Path(__file__).with_name("sql")
KEY = models.CompositePrimaryKey("report", "person", blank=True, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("indicators", "0005_where_definitions_come_from"),
        ("reporting", "0024_corrections_and_reopening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ReviewPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "post",
                    models.CharField(
                        choices=[
                            ("reviewer", "Reviewer"),
                            ("stand_in", "Reviewer of the reviewers' own agency's reports"),
                            ("chief", "Chief reviewer"),
                        ],
                        max_length=8,
                        verbose_name="named as",
                    ),
                ),
                ("from_at", models.DateTimeField(verbose_name="from")),
                ("until_at", models.DateTimeField(null=True, verbose_name="until")),
                ("named_by", models.CharField(max_length=120, verbose_name="named by")),
                ("ended_by", models.CharField(blank=True, max_length=120, verbose_name="ended by")),
                (
                    "agency",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to="agencies.agency", verbose_name="agency"
                    ),
                ),
                (
                    "node",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to="indicators.plannode", verbose_name="pillar"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="person"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="agencies.unit", verbose_name="unit"),
                ),
            ],
            options={
                "verbose_name": "named reviewer",
                "verbose_name_plural": "named reviewers",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until_at__isnull", True)),
                        fields=("post", "node", "agency", "person"),
                        name="nobody_is_named_twice",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("post__in", ["reviewer", "stand_in", "chief"])), name="review_post_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agency__isnull", True), ("node__isnull", False)),
                            models.Q(("agency__isnull", False), ("node__isnull", True), ("post", "reviewer")),
                            _connector="OR",
                        ),
                        name="named_for_a_pillar_or_an_agency",
                    ),
                ],
            },
        ),
        # Who is named for a pillar is no secret of an agency's: who waits may see for whom.
        guard("reporting_reviewpost", national=True),
        migrations.RunSQL((SQL / "review_duty.sql").read_text(), (SQL / "review_duty_reverse.sql").read_text()),
        migrations.CreateModel(
            name="ReviewDuty",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "report", "person", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("submitted_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "report to review",
                "verbose_name_plural": "reports to review",
                "db_table": "review_duty",
                "managed": False,
            },
        ),
    ]
