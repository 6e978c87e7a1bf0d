"""Invitations know the access token that they were made with."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0014_restoration_jobs'),
        ('users', '0008_answers_in_projects'),
    ]

    operations = [
        migrations.AddField(
            model_name='invitation',
            name='access_token',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='users.accesstoken'),
        ),
    ]
