import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OWN = "person_id::text = (SELECT nullif(current_setting('app.person', true), ''))"
TABLE = "reporting_savedfilter"


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0026_notices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.JSONField()),
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
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "constraints": [
                    models.UniqueConstraint(fields=("person", "name"), name="one_filter_per_person_and_name")
                ],
            },
        ),
        # A filter is its person's, whatever else they may see. It is of no use to followers.
        migrations.RunSQL(
            [
                f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY by_person ON {TABLE} USING ({OWN}) WITH CHECK ({OWN})",
            ],
            [f"DROP POLICY by_person ON {TABLE}"],
        ),
    ]
