"""A queue of documents whose words workers read, for those that come in by the hundred."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0015_invitations_by_tokens'),
    ]

    operations = [
        migrations.CreateModel(
            name='Unindexed',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('queued_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('document', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='documents.document')),
                ('project', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='documents.project')),
            ],
        ),
    ]
