"""The log tells of which document an event is, and which transaction it takes back."""

import django.contrib.postgres.indexes
from django.db import migrations, models


OF_DOCUMENTS = """
UPDATE users_event SET document_id = target_id WHERE target_type = 'document';
UPDATE users_event SET document_id = (coalesce(after, before)->>'document_id')::uuid
WHERE target_type IN ('annotation', 'annotationset', 'job')
AND coalesce(after, before)->>'document_id' IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0006_own_identities'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='event',
            name='event_of_project',
        ),
        migrations.AddField(
            model_name='event',
            name='document_id',
            field=models.UUIDField(null=True),
        ),
        migrations.RunSQL(OF_DOCUMENTS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='event',
            name='undoes',
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['project_id', 'id'], name='event_of_project'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('document_id__isnull', False)), fields=['document_id', 'id'], name='event_of_document'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['transaction'], name='event_by_transaction', pages_per_range=16),
        ),
    ]
