"""The index of the foreign key alone is let go: the one before begins with the same column."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('documents', '0018_revisions_listed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='revision',
            name='document',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='documents.document'),
        ),
    ]
