"""E-mails are ASCII: domains with other letters are written in punycode from now on."""

import users.emails
from django.conf import settings
from django.db import migrations, models
from django.utils.encoding import punycode


def rewrite(apps, schema_editor):
    rows = apps.get_model("documents", "Invitation").objects.exclude(email__regex=r"^[ -~]*$")
    for row in rows:
        name, _, domain = row.email.rpartition("@")
        row.email = f"{name}@{punycode(domain)}"
        if not row.email.isascii():
            raise RuntimeError(f"Give invitation {row.pk} an e-mail in ASCII, then migrate again.")
        row.save(update_fields=["email"])


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0004_service_accounts_listed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='invitation',
            name='email',
            field=models.EmailField(blank=True, max_length=254, validators=[users.emails.require_ascii]),
        ),
        migrations.RunPython(rewrite, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('email__regex', '^[ -~]*$')), name='invitation_email_ascii'),
        ),
    ]
