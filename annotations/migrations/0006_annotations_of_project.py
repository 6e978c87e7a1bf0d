"""All that a project says is listed in the order in which it was said."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0005_comments'),
        ('documents', '0013_webhooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='annotation',
            index=models.Index(fields=['project', 'id'], name='annotation_of_project'),
        ),
    ]
