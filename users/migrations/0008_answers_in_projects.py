"""Kept answers know the project in which they were given."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0007_transactions_and_documents'),
    ]

    operations = [
        migrations.AddField(
            model_name='keptanswer',
            name='project_id',
            field=models.UUIDField(null=True),
        ),
    ]
