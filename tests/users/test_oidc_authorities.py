"""Providers whose certificates are of an authority of one's own (OIDC_CA_FILE)."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from config.checks import require_safe_settings
from tests.client import Client
from tests.users.oidc_front_end import depart, sign_in
from tests.users.oidc_provider import EC_KEY, OTHER_KEY, Provider, member

pytestmark = pytest.mark.django_db


def certificate(name: str, key: ec.EllipticCurvePrivateKey, *extensions: Any) -> bytes:
    """Return a certificate of the authority, whose key OTHER_KEY is."""
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, "authority")
    )
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(OTHER_KEY, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Return the file of the authority's certificate."""
    file = tmp_path / "authority.pem"
    is_one = x509.BasicConstraints(ca=True, path_length=None)
    file.write_bytes(certificate("authority", OTHER_KEY, is_one))
    return file


@pytest.fixture
def secured(provider: Provider, authority: Path, tmp_path: Path, settings: Settings) -> Provider:
    """Return a provider that shows a certificate of the authority."""
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    key = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown = tmp_path / "shown.pem"
    shown.write_bytes(key + certificate("provider", EC_KEY, host))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown)
    provider.socket = context.wrap_socket(provider.socket, server_side=True)
    provider.issuer = provider.issuer.replace("http:", "https:")
    settings.OIDC_PROVIDERS = member(provider.issuer)
    return provider


def test_a_provider_of_ones_own_authority_is_believed(
    anonymous: Client, secured: Provider, authority: Path, settings: Settings
) -> None:
    settings.OIDC_CA_FILE = str(authority)
    assert sign_in(anonymous, secured).status_code == 200


def test_without_it_such_a_provider_is_not_asked(anonymous: Client, secured: Provider) -> None:
    assert depart(anonymous).status_code == 503
    assert secured.asked == {}


def test_an_authority_that_is_gone_lets_nobody_in(
    anonymous: Client, secured: Provider, settings: Settings
) -> None:
    settings.OIDC_CA_FILE = "/nowhere/authority.pem"
    assert depart(anonymous).status_code == 503


def test_a_good_authority_starts(authority: Path, settings: Settings) -> None:
    settings.OIDC_CA_FILE = str(authority)
    require_safe_settings()
