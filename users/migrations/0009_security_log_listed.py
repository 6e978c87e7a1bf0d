"""The security log is listed by an index of its own events, which are few among all."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('users', '0008_answers_in_projects'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(condition=models.Q(('action__startswith', 'sign_in.'), ('action__startswith', 'second_factor.'), ('action__startswith', 'access_token.'), ('action__startswith', 'user.'), ('action__startswith', 'member.'), ('action__startswith', 'invitation.'), ('action__startswith', 'service_account.'), _connector='OR'), fields=['id'], name='event_of_security'),
        ),
    ]
