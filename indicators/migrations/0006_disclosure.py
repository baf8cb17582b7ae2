from django.db import migrations, models


class Migration(migrations.Migration):
    """Who may be told what an indicator comes to: of what was defined before, nobody had said."""

    dependencies = [("indicators", "0005_where_definitions_come_from")]

    operations = [
        migrations.AddField(
            model_name="indicatordefinition",
            name="disclosure",
            field=models.CharField(default="closed", max_length=12, verbose_name="disclosure"),
        ),
    ]
