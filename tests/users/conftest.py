"""What the tests of people may ask for: mails, delivered as by a worker, and a provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from config.celery import app
from tests.client import Client
from tests.factories import PASSWORD, UserFactory
from tests.users.oidc_provider import (
    REDIRECT_URI,
    Provider,
    member,
    running_provider,
    with_second_factor,
)
from users.models import User

Ask = Callable[[], Any]
Delivered = Callable[[Ask], tuple[Any, list[EmailMessage]]]


@pytest.fixture
def delivered(django_capture_on_commit_callbacks: Any) -> Iterator[Delivered]:
    """Return a function that asks and returns the answer and the mails that it led to."""

    def deliver(ask: Ask) -> tuple[Any, list[EmailMessage]]:
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            answer = ask()
        return answer, mail.outbox[before:]

    postil: Any = app
    postil.conf.task_always_eager = True
    yield deliver
    postil.conf.task_always_eager = False


@pytest.fixture
def verifying(settings: Settings) -> None:
    """Have e-mails confirmed."""
    settings.EMAIL_VERIFICATION = True


@pytest.fixture
def token_in() -> Callable[[EmailMessage], str]:
    """Return a function that returns the token of the link in a mail."""

    def find(sent: EmailMessage) -> str:
        (token,) = re.findall(
            r"^http://testserver/account/\w+/(\S+)$", str(sent.body), re.MULTILINE
        )
        return str(token)

    return find


@pytest.fixture
def ada(db: None) -> User:
    """Return a person with a confirmed e-mail."""
    made: User = UserFactory.create(email="ada@example.org", name="Ada")
    User.objects.filter(pk=made.pk).update(email_verified_at=made.created_at)
    made.refresh_from_db()
    return made


@pytest.fixture
def signs_in() -> Callable[..., int]:
    """Return a function that tries to sign in and returns the status."""

    def sign_in(email: str = "ada@example.org", password: str = PASSWORD) -> int:
        sent = {"email": email, "password": password}
        return int(Client().post("/auth/token", sent).status_code)

    return sign_in


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    """Return a running provider, which the site knows as "acme"."""
    with running_provider() as running:
        settings.OIDC_PROVIDERS = member(running.issuer)
        settings.OIDC_REDIRECT_URIS = [REDIRECT_URI]
        yield running


@pytest.fixture
def guarded(provider: Provider) -> User:
    """Return whoever the provider signs in, who has a second factor here."""
    user = UserFactory.create(email="ada@example.org", email_verified_at=timezone.now())
    return with_second_factor(user)
