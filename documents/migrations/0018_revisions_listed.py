"""The texts of a document are listed in their order by an index, not sorted."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('documents', '0017_tallies'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='revision',
            index=models.Index(fields=['document', 'id'], name='revision_of_document'),
        ),
    ]
