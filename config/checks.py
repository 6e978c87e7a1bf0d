"""Unsafe settings stop the start, each with one sentence that says what to set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

MIN_SECRET_LENGTH = 50
MIN_SECRET_VARIETY = 10
RATE = re.compile("[1-9][0-9]*/[smhd]")
LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}


def refuse_unsafe_settings(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Return an error for each unsafe setting; a Django system check."""
    return [
        Error(sentence, id=f"postil.E{number:03}") for number, sentence in enumerate(_faults(), 1)
    ]


def require_safe_settings() -> None:
    """Raise ImproperlyConfigured with the first fault; for servers, which run no checks."""
    for sentence in _faults():
        raise ImproperlyConfigured(sentence)


def _faults() -> Iterator[str]:
    secret = settings.SECRET_KEY
    if len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < MIN_SECRET_VARIETY:
        yield f"SECRET_KEY is too simple: set at least {MIN_SECRET_LENGTH} random characters."
    yield from _faults_of_hosts()
    if settings.WEB_PROCESSES > 1 and not settings.REDIS_URL:
        yield "WEB_PROCESSES above 1 needs REDIS_URL: rates are counted across processes."
    if not settings.STORAGE_URL.startswith("file:///"):
        yield "STORAGE_URL must be a file:// address of an absolute folder."
    for proxy in settings.TRUSTED_PROXIES:
        if not _is_network(proxy):
            yield f"TRUSTED_PROXIES names {proxy!r}: name addresses or networks, but not every one."
    for name, rate in settings.RATE_LIMITS.items():
        if not RATE.fullmatch(rate):
            yield f"RATE_LIMIT_{name.upper()} is {rate!r}: set a number per s, m, h or d, as 60/m."


def _faults_of_hosts() -> Iterator[str]:
    if not settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS is empty: name the hosts that this site answers for."
    if any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield "ALLOWED_HOSTS has a wildcard: name each host."
    is_local = set(settings.ALLOWED_HOSTS) <= LOOPBACK
    if settings.DEBUG and not is_local:
        yield "DEBUG is for this machine alone: unset it, or allow only localhost."
    if not settings.HTTPS and not is_local:
        yield "HTTPS=false is for this machine alone: serve over TLS, or allow only localhost."


def _is_network(proxy: str) -> bool:
    try:
        return ip_network(proxy).prefixlen > 0
    except ValueError:
        return False
