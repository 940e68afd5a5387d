from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(name="refuseddelivery", options={"verbose_name_plural": "refused deliveries"}),
    ]
