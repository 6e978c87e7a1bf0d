"""What a caller was answered under an Idempotency-Key."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class KeptAnswer(models.Model):
    """One answer, kept for its repetition; written in the transaction of the work itself.

    `project_id` is the project in which the request took a permission, to be held again by
    whoever has the answer repeated. It is no foreign key, for projects lie above this app.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_answers"
    )
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    project_id = models.UUIDField(null=True)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    # Text, not JSON: the members come back in the order in which they were first sent.
    body = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once_per_key"),
        )
        indexes = (models.Index(fields=["created_at"], name="kept_answer_by_age"),)

    def __str__(self) -> str:
        return self.key
