"""Jobs that restore annotations."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0013_webhooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='job',
            name='job_kind_known',
        ),
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('import', 'Import'), ('reanchoring', 'Reanchoring'), ('near_duplicates', 'Near Duplicates'), ('erasure', 'Erasure'), ('relabelling', 'Relabelling'), ('restoration', 'Restoration')], editable=False, max_length=30),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['import', 'reanchoring', 'near_duplicates', 'erasure', 'relabelling', 'restoration'])), name='job_kind_known'),
        ),
    ]
