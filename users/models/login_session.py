"""One sign-in on one device: the family of all tokens, or the browser session, that follows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from users.querysets import LoginSessionQuerySet


class SessionKind(models.TextChoices):
    """What a sign-in opened."""

    API = "api", "API"
    ADMIN = "admin", "admin"


class SignInMethod(models.TextChoices):
    """How somebody showed who they are."""

    PASSWORD = "password"  # noqa: S105 - a method's name
    OIDC = "oidc", "OpenID Connect"


class LoginSession(models.Model):
    """One sign-in; of a family of tokens it knows the one refresh token that is still good.

    `seen_at` moves as it is used (to the minute), `authenticated_at` when its person shows again
    who they are. What it is compared with at each request is `token_version` of the user.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="login_sessions"
    )
    kind = models.CharField(max_length=10, choices=SessionKind, default=SessionKind.API)
    method = models.CharField(max_length=10, choices=SignInMethod, default=SignInMethod.PASSWORD)
    has_second_factor = models.BooleanField(default=False)
    refresh_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=50, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    token_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    authenticated_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = LoginSessionQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["user", "address"], name="login_session_from_address"),
            models.Index(fields=["expires_at"], name="login_session_by_end"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%F}"
