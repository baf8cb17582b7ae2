import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import MINE, SCOPE

PROTECT = django.db.models.deletion.PROTECT
# One's own, whatever one sees else, and only while one acts for those whom it is about. What unit addresses are told is
# nobody's to read here.
ONES_OWN = f"""person_id::text = (SELECT nullif(current_setting('app.person', true), ''))
    AND ({SCOPE} = 'all' OR ({SCOPE} = 'agencies' AND agency_id = ANY ({MINE})))"""
GUARD = migrations.RunSQL(
    [
        "ALTER TABLE reporting_notice ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE reporting_notice FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY by_context ON reporting_notice USING ({ONES_OWN}) WITH CHECK ({ONES_OWN})",
        "CREATE POLICY followers ON reporting_notice TO shinchoku_follower USING (true) WITH CHECK (true)",
    ],
    [
        "DROP POLICY followers ON reporting_notice",
        "DROP POLICY by_context ON reporting_notice",
        "ALTER TABLE reporting_notice NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE reporting_notice DISABLE ROW LEVEL SECURITY",
    ],
)


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("reporting", "0025_who_reviews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "draft",
            "hands",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), blank=True, db_default=[], default=list
            ),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=32, verbose_name="what happened")),
                ("position", models.BigIntegerField(verbose_name="position")),
                ("by", models.CharField(max_length=120, verbose_name="done by")),
                ("at", models.DateTimeField(verbose_name="done at")),
                ("detail", models.JSONField(default=dict)),
                ("read_at", models.DateTimeField(null=True, verbose_name="read at")),
                ("mailed_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="agencies.agency", verbose_name="agency"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to="reporting.report", verbose_name="report"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to="agencies.unit", verbose_name="unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "indexes": [
                    models.Index(fields=["person", "-position"], name="notice_of_a_person"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)), fields=["person"], name="notice_unread"
                    ),
                    models.Index(
                        condition=models.Q(("mailed_at__isnull", True)), fields=["position"], name="notice_to_mail"
                    ),
                    models.Index(fields=["mailed_at"], name="notice_mailed"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("position", "kind", "person", "unit"), name="each_is_told_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", False), ("unit__isnull", True)),
                            models.Q(("person__isnull", True), ("unit__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_person_or_a_unit_is_told",
                    ),
                ],
            },
        ),
        GUARD,
    ]
