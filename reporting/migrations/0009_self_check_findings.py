from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reporting", "0008_event_current")]

    operations = [
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("rollup", "rollup"), ("report", "report")], max_length=8, verbose_name="kind"
                    ),
                ),
                ("key", models.CharField(max_length=300, verbose_name="what")),
                ("detail", models.TextField(verbose_name="detail")),
                ("found_at", models.DateTimeField(verbose_name="found at")),
                ("resolved_at", models.DateTimeField(null=True, verbose_name="resolved at")),
            ],
            options={"verbose_name": "self-check finding", "verbose_name_plural": "self-check findings"},
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=("kind", "key"),
                name="one_open_finding_per_thing",
            ),
        ),
    ]
