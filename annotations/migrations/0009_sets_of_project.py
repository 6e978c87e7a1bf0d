"""The sets of a project are listed in their order without walking those of all projects."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('annotations', '0008_tallies'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='annotationset',
            index=models.Index(fields=['project', 'id'], name='annotation_set_of_project'),
        ),
    ]
