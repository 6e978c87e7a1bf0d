"""Who somebody is at an OpenID Connect provider, and sign-ins there that are under way."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from uuid_utils.compat import uuid7

from users.querysets import ExternalIdentityQuerySet


class ExternalIdentity(models.Model):
    """One person at one provider: `subject` is theirs for good there, as no e-mail is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external_identities"
    )
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExternalIdentityQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="external_identity_of_one_user"
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class OidcAttempt(models.Model):
    """Somebody who was sent to a provider; whoever comes back with its `state` ends it.

    It is a sign-in, or has the `user` who left to link what they are there to their account here.
    """

    state_digest = models.CharField(max_length=64, primary_key=True)
    provider = models.CharField(max_length=40)
    nonce = models.CharField(max_length=64)
    code_verifier = models.CharField(max_length=128)
    redirect_uri = models.CharField(max_length=500)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="oidc_attempts"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["created_at"], name="oidc_attempt_by_age"),)

    def __str__(self) -> str:
        return f"at {self.provider} since {self.created_at:%F %T}"
