"""Identities at providers get ids that may be told, and are linked by whoever left to do so."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


def name(apps, schema_editor):
    rows = apps.get_model("users", "ExternalIdentity").objects.order_by("id")
    for row in rows.iterator():
        row.uuid = uuid_utils.compat.uuid7()  # in the order in which they were made
        row.save(update_fields=["uuid"])


class Migration(migrations.Migration):

    dependencies = [
        ("users", "0005_ascii_emails"),
    ]

    operations = [
        migrations.AddField(
            model_name="oidcattempt",
            name="user",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="oidc_attempts", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="externalidentity",
            name="uuid",
            field=models.UUIDField(null=True),
        ),
        migrations.RunPython(name, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(
            model_name="externalidentity",
            name="id",
        ),
        migrations.RenameField(
            model_name="externalidentity",
            old_name="uuid",
            new_name="id",
        ),
        migrations.AlterField(
            model_name="externalidentity",
            name="id",
            field=models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False),
        ),
        # For processes of the version before, which leave it to the database until they end.
        migrations.RunSQL(
            "ALTER TABLE users_externalidentity ALTER COLUMN id SET DEFAULT gen_random_uuid()",
            migrations.RunSQL.noop,
        ),
    ]
