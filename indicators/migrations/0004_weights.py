from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0003_figures_are_checked")]

    operations = [
        migrations.AddField(
            model_name="indicatordefinition", name="weights", field=models.JSONField(blank=True, default=dict)
        ),
    ]
