"""Housekeeping of what was kept for a while."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from users.models import KeptAnswer

ANSWERS_KEPT_FOR = timedelta(days=7)


@shared_task(name="users.forget_old_answers")
def forget_old_answers() -> None:
    """Delete the answers kept for Idempotency-Keys that are older than a week."""
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT_FOR).delete()
