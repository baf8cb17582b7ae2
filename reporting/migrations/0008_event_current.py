from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [("reporting", "0007_redaction")]

    operations = [
        migrations.RunSQL((SQL / "event_current.sql").read_text(), (SQL / "event_current_reverse.sql").read_text()),
        migrations.CreateModel(
            name="CurrentEvent",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stream", models.TextField()),
                ("version", models.IntegerField()),
                ("event_id", models.UUIDField(unique=True)),
                ("type", models.TextField()),
                ("schema_version", models.SmallIntegerField()),
                ("written_version", models.SmallIntegerField()),
                ("data", models.JSONField()),
                ("meta", models.JSONField()),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("agency", models.TextField(null=True)),
            ],
            options={"db_table": "event_current", "ordering": ["position"], "managed": False},
        ),
    ]
