"""Unsafe settings stop the start, each with one sentence that says what to set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from config.outbound import authorities
from config.outbound.addresses import target_of
from config.storages.addresses import fault_of

MIN_SECRET_LENGTH = 50
MIN_SECRET_VARIETY = 10
MIN_METRICS_TOKEN = 32
MIN_PASSWORD = 8
OCR_CHOICES = ("off", "auto")
OCR_LANGUAGES = re.compile(r"\w+(?:/\w+)?(?:\+\w+(?:/\w+)?)*", re.ASCII)
PROVIDER = re.compile("[a-z0-9-]{1,40}")
PROVIDER_MEMBERS = {"title", "issuer", "client_id", "client_secret"}
RATE = re.compile("[1-9][0-9]*/[smhd]")
REGISTRATIONS = ("open", "invitation", "closed")
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
    yield from _faults_of_storages()
    yield from _faults_of_accounts()
    yield from _faults_of_providers()
    yield from _faults_of_parsing()
    yield from _faults_of_telemetry()
    for proxy in settings.TRUSTED_PROXIES:
        if not _is_network(proxy):
            yield f"TRUSTED_PROXIES names {proxy!r}: name addresses or networks, but not every one."
    if settings.LIVE_URL and not _is_over_tls(settings.LIVE_URL):
        yield f"LIVE_URL is {settings.LIVE_URL!r}: name an https:// address without query."
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


def _faults_of_storages() -> Iterator[str]:
    places: Any = settings.IMPORT_PLACES  # whatever JSON it was set to
    if not isinstance(places, dict) or not all(isinstance(url, str) for url in places.values()):
        yield "IMPORT_PLACES is no JSON object of addresses: name each place, as in .env.example."
        return
    storages = {f"IMPORT_PLACES has {name!r}, which": url for name, url in places.items()}
    for what, url in {"STORAGE_URL": settings.STORAGE_URL, **storages}.items():
        if fault := fault_of(url):
            yield f"{what} {fault}."


def _faults_of_accounts() -> Iterator[str]:
    if settings.REGISTRATION not in REGISTRATIONS:
        yield f"REGISTRATION is {settings.REGISTRATION!r}: set {' or '.join(REGISTRATIONS)}."
    if settings.PASSWORD_MIN_LENGTH < MIN_PASSWORD:
        yield f"PASSWORD_MIN_LENGTH is too small: set {MIN_PASSWORD} or more."


def _faults_of_parsing() -> Iterator[str]:
    if settings.OCR not in OCR_CHOICES:
        yield f"OCR is {settings.OCR!r}: set {' or '.join(OCR_CHOICES)}."
    if not OCR_LANGUAGES.fullmatch(settings.OCR_LANGUAGES):
        yield f"OCR_LANGUAGES is {settings.OCR_LANGUAGES!r}: set names of tesseract's, as eng+deu."
    for name, limit in settings.PARSER_LIMITS.items():
        if limit <= 0:
            yield f"The limit on {name.replace('_', ' ')} is {limit}: set more, see .env.example."


def _faults_of_telemetry() -> Iterator[str]:
    token = settings.METRICS_TOKEN
    if token and len(token) < MIN_METRICS_TOKEN:
        yield f"METRICS_TOKEN is too short: set at least {MIN_METRICS_TOKEN} random characters."
    needed = {"METRICS_TOKEN": "prometheus_client", "OTEL_EXPORTER_OTLP_ENDPOINT": "opentelemetry"}
    for name, package in needed.items():
        if getattr(settings, name) and not find_spec(package):
            more = "pip install --require-hashes -r requirements-telemetry.txt"
            yield f"{name} is set, which needs more: {more}."


def _faults_of_providers() -> Iterator[str]:
    providers: Any = settings.OIDC_PROVIDERS  # whatever JSON it was set to
    if not isinstance(providers, dict):
        yield "OIDC_PROVIDERS is no JSON object: name each provider, as in .env.example."
        return
    for name, members in providers.items():
        if not PROVIDER.fullmatch(name) or not _is_provider(members):
            yield (
                f"OIDC_PROVIDERS has {name!r}: give it a name of a-z, 0-9 and -, and title, issuer,"
                " client_id and client_secret as visible ASCII text."
            )
        elif not _is_over_tls(members["issuer"]):
            yield (
                f"OIDC_PROVIDERS has {name!r} at {members['issuer']!r}: an issuer is an https://"
                " address without query, but on this machine."
            )
    if not _is_authority(settings.OIDC_CA_FILE):
        yield f"OIDC_CA_FILE is {settings.OIDC_CA_FILE!r}: name a PEM file of certificates."
    for uri in settings.OIDC_REDIRECT_URIS:
        if not _is_over_tls(uri):
            yield f"OIDC_REDIRECT_URIS names {uri!r}: name https:// addresses without query."


def _is_provider(members: Any) -> bool:
    if not isinstance(members, dict) or set(members) != PROVIDER_MEMBERS:
        return False
    texts = [isinstance(text, str) and text.strip() != "" for text in members.values()]
    return all(texts) and all(members[name].isascii() for name in PROVIDER_MEMBERS - {"title"})


def _is_authority(path: str) -> bool:
    try:
        authorities(path)
    except OSError:
        return False
    return True


def _is_over_tls(url: str) -> bool:
    try:
        target = target_of(url)
    except ValueError:
        return False
    return "?" not in url and (target.scheme == "https" or target.host in LOOPBACK)


def _is_network(proxy: str) -> bool:
    try:
        return ip_network(proxy).prefixlen > 0
    except ValueError:
        return False
