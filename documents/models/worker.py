"""A worker, or a live process, that was lately seen alive."""

from django.db import models


class Worker(models.Model):
    """One Celery worker or live process, and when it last said that it lives."""

    name = models.CharField(max_length=255, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
