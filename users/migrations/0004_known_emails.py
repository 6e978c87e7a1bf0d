"""Accounts made before e-mails were confirmed count as confirmed: else they would be shut out."""

from django.db import migrations, models


def confirm(apps, schema_editor):
    accounts = apps.get_model("users", "User").objects.filter(email_verified_at=None)
    accounts.exclude(email="").update(email_verified_at=models.F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0003_security_log"),
    ]

    operations = [
        migrations.RunPython(confirm, migrations.RunPython.noop, elidable=True),
    ]
