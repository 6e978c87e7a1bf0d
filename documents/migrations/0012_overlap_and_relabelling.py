"""Projects that allow no overlap; jobs that give other labels."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0011_near_duplicates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='job',
            name='job_kind_known',
        ),
        migrations.AddField(
            model_name='project',
            name='allows_overlap',
            field=models.BooleanField(default=True, help_text='Spans of one set may overlap; else the database refuses them.'),
        ),
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('import', 'Import'), ('reanchoring', 'Reanchoring'), ('near_duplicates', 'Near Duplicates'), ('erasure', 'Erasure'), ('relabelling', 'Relabelling')], editable=False, max_length=30),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['import', 'reanchoring', 'near_duplicates', 'erasure', 'relabelling'])), name='job_kind_known'),
        ),
    ]
