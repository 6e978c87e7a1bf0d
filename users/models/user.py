"""Whoever acts: people, who sign in by e-mail in any letter case, and service accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.crypto import salted_hmac

from users.emails import ASCII, require_ascii
from users.models.access_token import Grant
from users.models.resource import Resource
from users.passwords import normalised
from users.querysets import UserQuerySet

if TYPE_CHECKING:
    from users.models.login_session import LoginSession


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users with a hashed password."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a person; without a password nobody can sign in with one as them."""
        user: User = self.model(email=email.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user who may do everything; for `manage.py createsuperuser`.

        Raises ValidationError for an e-mail beyond ASCII.
        """
        require_ascii(email.strip())
        fields.setdefault("email_verified_at", timezone.now())
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(Resource, AbstractBaseUser, PermissionsMixin):
    """A person or a service account; raising `token_version` ends every sign-in at once.

    A service account belongs to a project, by its one membership, and has no e-mail; neither has
    a person whose account was erased. `grant` is what the access token at hand allows, on the
    instance that a request comes from; None stands for a sign-in, which allows everything and
    which `session` is then.
    """

    unlogged_fields: ClassVar[frozenset[str]] = frozenset({"password", "last_login"})
    grant: Grant | None = None
    session: LoginSession | None = None

    email = models.EmailField(max_length=254, blank=True, validators=[require_ascii])
    email_verified_at = models.DateTimeField(null=True, editable=False)
    name = models.CharField(max_length=200, blank=True)
    is_service = models.BooleanField(default=False, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may enter the admin", default=False)
    token_version = models.PositiveIntegerField(default=1, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = (
            # Upper, because that is what Django's iexact look-up compares.
            models.UniqueConstraint(
                Upper("email"),
                condition=~models.Q(email=""),
                name="user_email_unique_in_any_case",
            ),
            models.CheckConstraint(
                condition=models.Q(is_service=False, erased_at=None) ^ models.Q(email=""),
                name="user_email_empty_of_services_and_erased",
            ),
            models.CheckConstraint(condition=models.Q(email__regex=ASCII), name="user_email_ascii"),
        )

    def __str__(self) -> str:
        return self.name or self.email or "nameless"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what ties the admin's sessions to this row: they end with the tokens."""
        salt, kept = "users.models.User.session", f"{self.password}:{self.token_version}"
        return salted_hmac(salt, kept, secret=secret, algorithm="sha256").hexdigest()

    @property
    def must_verify_email(self) -> bool:
        """Return whether the e-mail is to be confirmed before anybody signs in with it."""
        return settings.EMAIL_VERIFICATION and not (self.email_verified_at or self.is_service)

    def set_password(self, raw_password: str | None) -> None:
        """Hash a password, however its letters were typed; None lets nobody in by one."""
        super().set_password(raw_password and normalised(raw_password))

    def check_password(self, raw_password: str) -> bool:
        """Return whether it is the password, however its letters were typed."""
        return super().check_password(normalised(raw_password))

    def get_short_name(self) -> str:
        """Return the name that the admin greets with."""
        return str(self)
