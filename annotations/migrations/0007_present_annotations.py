"""What is said of each document of a list is counted from an index alone."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('annotations', '0006_annotations_of_project'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='annotation',
            index=models.Index(
                condition=models.Q(('deleted_at', None), models.Q(('anchoring', 'lost'), _negated=True)),
                fields=['document', 'annotation_set'],
                name='annotation_present',
            ),
        ),
    ]
