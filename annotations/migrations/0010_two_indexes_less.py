"""Sets of a project and of a document are found by longer indexes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0009_sets_of_project'),
        ('documents', '0020_one_index_less'),
    ]

    operations = [
        migrations.AlterField(
            model_name='annotationset',
            name='document',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='annotation_sets', to='documents.document'),
        ),
        migrations.AlterField(
            model_name='annotationset',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.project'),
        ),
    ]
