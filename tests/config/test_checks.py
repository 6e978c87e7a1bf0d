"""Unsafe settings stop the start, each with the sentence that says what to set."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as site
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from config.checks import refuse_unsafe_settings, require_safe_settings

SECRET = "Zk3-4q8_vR7yQm1tXw9LpE5sUa2HdNc6GbJf0oVxIiYlKrMzTnBe"
SERVED = {
    "SECRET_KEY": SECRET,
    "ALLOWED_HOSTS": "postil.example",
    "SITE_URL": "https://postil.example",
    "DATABASE_URL": "postgres://postil.example/postil",
}
UNSAFE: dict[str, tuple[dict[str, Any], str]] = {
    "a short secret": (
        {"SECRET_KEY": SECRET[:49]},
        "SECRET_KEY is too simple: set at least 50 random characters.",
    ),
    "a dull secret": (
        {"SECRET_KEY": "secret" * 20},
        "SECRET_KEY is too simple: set at least 50 random characters.",
    ),
    "no host": (
        {"ALLOWED_HOSTS": []},
        "ALLOWED_HOSTS is empty: name the hosts that this site answers for.",
    ),
    "every host": (
        {"ALLOWED_HOSTS": ["postil.example", "*"]},
        "ALLOWED_HOSTS has a wildcard: name each host.",
    ),
    "every host below one": (
        {"ALLOWED_HOSTS": [".postil.example"]},
        "ALLOWED_HOSTS has a wildcard: name each host.",
    ),
    "debugging in public": (
        {"DEBUG": True},
        "DEBUG is for this machine alone: unset it, or allow only localhost.",
    ),
    "no TLS in public": (
        {"HTTPS": False},
        "HTTPS=false is for this machine alone: serve over TLS, or allow only localhost.",
    ),
    "a metrics token that can be guessed": (
        {"METRICS_TOKEN": "x" * 31},
        "METRICS_TOKEN is too short: set at least 32 random characters.",
    ),
    "rates counted apart": (
        {"WEB_PROCESSES": 2, "REDIS_URL": ""},
        "WEB_PROCESSES above 1 needs REDIS_URL: rates are counted across processes.",
    ),
    "an unknown storage": (
        {"STORAGE_URL": "ftp://bucket"},
        "STORAGE_URL must be a file:// address of an absolute folder, or s3://bucket/prefix.",
    ),
    "a storage somewhere": (
        {"STORAGE_URL": "file://media"},
        "STORAGE_URL must be a file:// address of an absolute folder, or s3://bucket/prefix.",
    ),
    "a secret in a storage's address": (
        {"STORAGE_URL": "s3://key:secret@bucket"},
        "STORAGE_URL must name a bucket, as s3://bucket/prefix, and no password.",
    ),
    "a place somewhere": (
        {"IMPORT_PLACES": {"scans": "s3://bucket#a"}},
        "IMPORT_PLACES has 'scans', which takes ?region=…&endpoint=… and nothing else.",
    ),
    "places without addresses": (
        {"IMPORT_PLACES": {"scans": None}},
        "IMPORT_PLACES is no JSON object of addresses: name each place, as in .env.example.",
    ),
    "places without names": (
        {"IMPORT_PLACES": ["file:///srv/scans"]},
        "IMPORT_PLACES is no JSON object of addresses: name each place, as in .env.example.",
    ),
    "everybody is a proxy": (
        {"TRUSTED_PROXIES": ["10.0.0.1", "0.0.0.0/0"]},
        "TRUSTED_PROXIES names '0.0.0.0/0': name addresses or networks, but not every one.",
    ),
    "a live stream in the open": (
        {"LIVE_URL": "http://live.postil.example"},
        "LIVE_URL is 'http://live.postil.example': name an https:// address without query.",
    ),
    "a proxy by name": (
        {"TRUSTED_PROXIES": ["proxy.internal"]},
        "TRUSTED_PROXIES names 'proxy.internal': name addresses or networks, but not every one.",
    ),
    "an unknown way to make accounts": (
        {"REGISTRATION": "maybe"},
        "REGISTRATION is 'maybe': set open or invitation or closed.",
    ),
    "short passwords": (
        {"PASSWORD_MIN_LENGTH": 7},
        "PASSWORD_MIN_LENGTH is too small: set 8 or more.",
    ),
    "providers in a list": (
        {"OIDC_PROVIDERS": ["acme"]},
        "OIDC_PROVIDERS is no JSON object: name each provider, as in .env.example.",
    ),
    "authorities that are not there": (
        {"OIDC_CA_FILE": "/nowhere/authority.pem"},
        "OIDC_CA_FILE is '/nowhere/authority.pem': name a PEM file of certificates.",
    ),
    "authorities that are none": (
        {"OIDC_CA_FILE": __file__},
        f"OIDC_CA_FILE is {__file__!r}: name a PEM file of certificates.",
    ),
    "a redirect in the clear": (
        {"OIDC_REDIRECT_URIS": ["http://front.example/"]},
        "OIDC_REDIRECT_URIS names 'http://front.example/': name https:// addresses without query.",
    ),
    "recognition of an unknown kind": (
        {"OCR": "always"},
        "OCR is 'always': set off or auto.",
    ),
    "languages that are options": (
        {"OCR_LANGUAGES": "eng --psm 1"},
        "OCR_LANGUAGES is 'eng --psm 1': set names of tesseract's, as eng+deu.",
    ),
    "no pages": (
        {"PARSER_LIMITS": {"pages": 0}},
        "The limit on pages is 0: set more, see .env.example.",
    ),
    "an unclear rate": (
        {"RATE_LIMITS": {"credentials_by_account": "10/5m"}},
        "RATE_LIMIT_CREDENTIALS_BY_ACCOUNT is '10/5m': set a number per s, m, h or d, as 60/m.",
    ),
    "no rate": (
        {"RATE_LIMITS": {"default": "0/m"}},
        "RATE_LIMIT_DEFAULT is '0/m': set a number per s, m, h or d, as 60/m.",
    ),
}


@pytest.fixture
def served(settings: Settings) -> Settings:
    """Return settings that are safe in public."""
    settings.SECRET_KEY = SECRET
    settings.ALLOWED_HOSTS = ["postil.example", "www.postil.example"]
    settings.HTTPS = True
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8::1"]
    return settings


def test_safe_settings_start(served: Settings) -> None:
    assert refuse_unsafe_settings(None) == []
    require_safe_settings()


@pytest.mark.parametrize("case", UNSAFE)
def test_each_unsafe_setting_is_refused_with_its_sentence(served: Settings, case: str) -> None:
    changes, sentence = UNSAFE[case]
    for name, value in changes.items():
        setattr(served, name, value)
    assert [error.msg for error in refuse_unsafe_settings(None)] == [sentence]
    with pytest.raises(ImproperlyConfigured) as refused:
        require_safe_settings()
    assert str(refused.value) == sentence


@pytest.mark.parametrize("name", ["METRICS_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_what_is_an_extra_is_asked_for(
    served: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setattr(served, name, "http://collector.postil.example:4318")
    require_safe_settings()
    monkeypatch.setattr("config.checks.find_spec", lambda _: None)
    with pytest.raises(ImproperlyConfigured) as refused:
        require_safe_settings()
    assert str(refused.value) == (
        f"{name} is set, which needs more: pip install --require-hashes -r"
        " requirements-telemetry.txt."
    )


PROVIDER = {
    "title": "Äcme",
    "issuer": "https://id.acme.example/realms/a",
    "client_id": "postil",
    "client_secret": "s3cret:/+",
}
NO_PROVIDERS: dict[str, Any] = {
    "acme": {name: PROVIDER[name] for name in PROVIDER if name != "client_secret"},
    "more": PROVIDER | {"scope": "openid"},
    "none": None,
    "Acme": PROVIDER,
    "a/b": PROVIDER,
    "": PROVIDER,
    "empty": PROVIDER | {"client_secret": " "},
    "number": PROVIDER | {"client_id": 7},
    "letters": PROVIDER | {"client_secret": "schlüssel"},
}


@pytest.mark.parametrize("name", NO_PROVIDERS)
def test_a_provider_has_all_its_members(served: Settings, name: str) -> None:
    served.OIDC_PROVIDERS = {name: NO_PROVIDERS[name]}
    sentence = (
        f"OIDC_PROVIDERS has {name!r}: give it a name of a-z, 0-9 and -, and title, issuer,"
        " client_id and client_secret as visible ASCII text."
    )
    assert [error.msg for error in refuse_unsafe_settings(None)] == [sentence]


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.acme.example",
        "https://id.acme.example?realm=a",
        "https://id.acme.example#a",
        "https://user@id.acme.example",
        "id.acme.example",
        "ldap://id.acme.example",
    ],
)
def test_a_provider_is_asked_over_tls(served: Settings, issuer: str) -> None:
    served.OIDC_PROVIDERS = {"acme": PROVIDER | {"issuer": issuer}}
    sentence = (
        f"OIDC_PROVIDERS has 'acme' at {issuer!r}: an issuer is an https:// address without query,"
        " but on this machine."
    )
    assert [error.msg for error in refuse_unsafe_settings(None)] == [sentence]


@pytest.mark.parametrize("issuer", [PROVIDER["issuer"], "http://localhost:9400", "http://[::1]:9"])
def test_good_providers_start(served: Settings, issuer: str) -> None:
    served.OIDC_PROVIDERS = {"acme": PROVIDER | {"issuer": issuer}}
    served.OIDC_REDIRECT_URIS = ["https://front.example/signed-in", "http://localhost:5173/"]
    require_safe_settings()


@pytest.mark.parametrize(("name", "value"), [("DEBUG", True), ("HTTPS", False)])
def test_this_machine_alone_may_be_less_strict(served: Settings, name: str, value: bool) -> None:
    served.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    setattr(served, name, value)
    require_safe_settings()


def test_several_faults_are_all_told(served: Settings) -> None:
    served.ALLOWED_HOSTS, served.SECRET_KEY = [], "x"
    assert [error.id for error in refuse_unsafe_settings(None)] == ["postil.E001", "postil.E002"]


def test_djangos_checks_include_ours(served: Settings) -> None:
    served.ALLOWED_HOSTS = ["*"]
    assert "ALLOWED_HOSTS has a wildcard: name each host." in [
        message.msg for message in run_checks()
    ]


# Processes


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the checkout with an environment of just these variables."""
    needed = {name: os.environ[name] for name in ("PATH", "VAR_DIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, *command],
        cwd=site.BASE_DIR,
        env=needed | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


STARTS = {
    "check": ("manage.py", "check"),
    "migrate": ("manage.py", "migrate"),
    "wsgi": ("-c", "import config.wsgi"),
    "asgi": ("-c", "import config.asgi"),
    "worker": ("-m", "celery", "-A", "config", "worker"),
}


@pytest.mark.parametrize("start", STARTS)
def test_an_empty_environment_does_not_start(start: str) -> None:
    ended = run(*STARTS[start])
    assert ended.returncode != 0
    assert 'Environment variable "SECRET_KEY" not set' in ended.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL"])
def test_what_is_secret_has_no_default(name: str) -> None:
    ended = run("manage.py", "check", **{key: SERVED[key] for key in SERVED if key != name})
    assert ended.returncode != 0
    assert ended.stderr == f'Environment variable "{name}" not set\n'


@pytest.mark.parametrize("start", ["check", "wsgi", "asgi"])
def test_unsafe_settings_do_not_start(start: str) -> None:
    ended = run(*STARTS[start], **SERVED | {"ALLOWED_HOSTS": "*"})
    assert ended.returncode != 0
    assert "ALLOWED_HOSTS has a wildcard: name each host." in ended.stderr


def test_a_served_site_passes_djangos_checks_of_deployment() -> None:
    ended = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **SERVED)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("System check identified no issues")


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_safe_settings_make_an_application(kind: str) -> None:
    ended = run("-W", "error", "-c", f"import config.{kind}", **SERVED)
    assert (ended.returncode, ended.stderr) == (0, "")
