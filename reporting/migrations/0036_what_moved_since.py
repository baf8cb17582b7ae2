import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OWN = "person_id::text = (SELECT nullif(current_setting('app.person', true), ''))"
TABLE = "reporting_deskvisit"


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0035_meeting_papers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="figure",
            index=models.Index(
                condition=models.Q(("approved", True)),
                fields=["indicator", "from_position"],
                name="newest_approved_figure",
            ),
        ),
        migrations.CreateModel(
            name="DeskVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField(verbose_name="position")),
                ("at", models.DateTimeField(verbose_name="at")),
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
                "verbose_name": "visit of the desk",
                "verbose_name_plural": "visits of the desk",
                "indexes": [models.Index(fields=["person", "-id"], name="newest_visit_of_a_person")],
            },
        ),
        # It is its person's, whatever else they may see. It is of no use to followers.
        migrations.RunSQL(
            [
                f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY by_person ON {TABLE} USING ({OWN}) WITH CHECK ({OWN})",
            ],
            [f"DROP POLICY by_person ON {TABLE}"],
        ),
    ]
