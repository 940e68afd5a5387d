from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0003_transcript_replaced_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='sent',
            field=models.JSONField(default=dict, help_text='When each value above was sent: time and digest of its delivery'),
        ),
    ]
