from django.db import migrations, models

from tenants.audit.append_only import APPEND_ONLY, TAKEN_BACK

class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("number", models.BigIntegerField(help_text="1, 2, 3 … within the chain, without a gap", primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("event", models.CharField(help_text="What happened, such as member.joined", max_length=64)),
                ("actor", models.CharField(help_text="user, staff, command or system", max_length=16)),
                ("actor_id", models.BigIntegerField(help_text="The user's id", null=True)),
                ("role", models.CharField(default="", help_text="The user's role in the tenant then", max_length=16)),
                ("target", models.CharField(default="", help_text="The kind of thing that was changed", max_length=64)),
                ("target_id", models.CharField(default="", max_length=64)),
                ("detail", models.JSONField(default=dict)),
                ("request_id", models.CharField(default="", max_length=36)),
                ("previous", models.CharField(help_text="Hash of the entry before; of the first one: empty", max_length=64)),
                ("hash", models.CharField(help_text="SHA-256 of all the others, in hexadecimal", max_length=64)),
            ],
            options={
                "verbose_name_plural": "entries",
                "indexes": [models.Index(fields=["event", "-number"], name="audit_by_event")],
            },
        ),
        migrations.RunSQL(APPEND_ONLY.format(table="audit_entry"), TAKEN_BACK.format(table="audit_entry")),
    ]
