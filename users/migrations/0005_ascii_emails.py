"""E-mails are ASCII: domains with other letters are written in punycode from now on."""

import users.emails
from django.db import migrations, models
from django.utils.encoding import punycode


def rewrite(apps, schema_editor):
    rows = apps.get_model("users", "User").objects.exclude(email__regex=r"^[ -~]*$")
    for row in rows:
        name, _, domain = row.email.rpartition("@")
        row.email = f"{name}@{punycode(domain)}"
        if not row.email.isascii():
            raise RuntimeError(f"Give account {row.pk} an e-mail in ASCII, then migrate again.")
        row.save(update_fields=["email"])


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('users', '0004_known_emails'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, max_length=254, validators=[users.emails.require_ascii]),
        ),
        migrations.RunPython(rewrite, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('email__regex', '^[ -~]*$')), name='user_email_ascii'),
        ),
    ]
