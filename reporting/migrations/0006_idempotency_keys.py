import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

OWN = "person_id::text = (SELECT nullif(current_setting('app.person', true), ''))"
OLD = "answered_at < now() - interval '31 days'"
TABLE = "reporting_answeredrequest"


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0005_report_states"),
        ("agencies", "0002_row_level_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnsweredRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("route", models.TextField()),
                ("key", models.CharField(max_length=255)),
                ("payload", models.BinaryField(max_length=32)),
                ("status", models.SmallIntegerField()),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                ("answered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "membership",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.membership",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "answered request",
                "verbose_name_plural": "answered requests",
                "indexes": [models.Index(fields=["answered_at"], name="answer_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "route", "key"), name="one_answer_per_person_route_and_key"
                    )
                ],
            },
        ),
        # An answer is its person's, whatever else they may see. Followers forget, and only what is old.
        migrations.RunSQL(
            [
                f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY by_person ON {TABLE} USING ({OWN}) WITH CHECK ({OWN})",
                f"CREATE POLICY old_ones_are_seen ON {TABLE} FOR SELECT TO shinchoku_follower USING ({OLD})",
                f"CREATE POLICY old_ones_are_forgotten ON {TABLE} FOR DELETE TO shinchoku_follower USING ({OLD})",
            ],
            [
                f"DROP POLICY old_ones_are_forgotten ON {TABLE}",
                f"DROP POLICY old_ones_are_seen ON {TABLE}",
                f"DROP POLICY by_person ON {TABLE}",
            ],
        ),
    ]
