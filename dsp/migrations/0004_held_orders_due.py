from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsp", "0003_menus_and_orders"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="channelorder",
            index=models.Index(
                condition=models.Q(("state", "held")), fields=["send_at"], name="channel_held"
            ),
        ),
    ]
