"""OpenID Connect providers for tests: a real one as a process, and one that lies on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.core import signing
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.config.away import closed_port
from tests.factories import PASSWORD, UserFactory
from users.models import Authenticator, OidcAttempt, RecoveryCode, User
from users.one_time_codes import digest_of
from users.sealing import seal
from users.services import identities, oidc

RECOVERY_CODE = "abcd-efgh-ijkl-mnop"
CLIENT_ID, CLIENT_SECRET = "postil", "s3cret:/+ of the client"
REDIRECT_URI = "https://front.example/signed-in"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def member(issuer: str) -> dict[str, dict[str, str]]:
    """Return settings.OIDC_PROVIDERS with one provider, "acme"."""
    return {
        "acme": {
            "title": "Acme",
            "issuer": issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
    }


@contextmanager
def real_provider(*people: dict[str, Any]) -> Iterator[str]:
    """Run oidc-provider-mock with these people; yield its issuer."""
    port = closed_port()
    told = [part for person in people for part in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "-n", "true", *told],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    issuer = f"http://localhost:{port}"
    try:
        _wait_for(issuer, process)
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(issuer: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the provider ended"
        try:
            httpx.get(f"{issuer}/.well-known/openid-configuration")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the provider does not answer")


def public(key: Any, **members: str) -> dict[str, Any]:
    """Return the JWK of a key's public half."""
    algorithms: dict[type, Any] = {
        ec.EllipticCurvePrivateKey: ECAlgorithm,
        rsa.RSAPrivateKey: RSAAlgorithm,
        ed25519.Ed25519PrivateKey: OKPAlgorithm,
    }
    kind = next(algorithms[kind] for kind in algorithms if isinstance(key, kind))
    found: dict[str, Any] = kind.to_jwk(key.public_key(), as_dict=True)
    found.pop("key_ops", None)
    return found | members


class Provider(ThreadingHTTPServer):
    """A provider that is as good as its fields: a test changes one of them for a lie.

    `claims` and `header` go into the next ID token (None takes a member out), `key` and
    `algorithm` sign it, `keys` are published; `answers` has what else a path answers:
    (status, body). `asked` counts the requests by path.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.claims: dict[str, Any] = {
            "sub": "ada-1",
            "email": "ada@example.org",
            "email_verified": True,
            "name": "Ada Lovelace",
        }
        self.header: dict[str, Any] = {"kid": "one"}
        self.metadata: dict[str, Any] = {}
        self.key: Any = EC_KEY
        self.algorithm: str | None = "ES256"
        self.keys: Any = [public(EC_KEY, kid="one", use="sig", alg="ES256")]
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.userinfo: dict[str, Any] = {}
        self.asked: dict[str, int] = {}
        self._codes: dict[str, dict[str, str]] = {}

    def sign_in(self, authorization_url: str) -> str:
        """Sign somebody in as a browser does; return the code that it would come back with."""
        asked = {
            name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()
        }
        assert authorization_url.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["scope"].split()[0] == "openid"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return code

    def id_token(self, nonce: str) -> str:
        """Return an ID token."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": nonce}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        return jwt.encode(claims, self.key, self.algorithm, self.header)

    def handle_error(self, *args: Any) -> None:
        """Stay silent: clients of these tests hang up."""

    # What it answers

    def published(self) -> dict[str, Any]:
        endpoints = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "userinfo",
        }
        addresses = {name: f"{self.issuer}/{path}" for name, path in endpoints.items()}
        return {"issuer": self.issuer} | addresses | self.metadata

    def tokens(self, sent: dict[str, str], authorization: str) -> tuple[int, Any]:
        """Exchange a code, once, as RFC 6749 and RFC 7636 demand."""
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        is_client = authorization == f"Basic {basic}" or (
            (sent.get("client_id"), sent.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        )
        asked = self._codes.pop(sent.get("code", ""), None)
        if not is_client or asked is None or asked["redirect_uri"] != sent["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        hashed = hashlib.sha256(sent["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if (asked["code_challenge"], asked["code_challenge_method"]) != (challenge, "S256"):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "at-1", "id_token": self.id_token(asked["nonce"])}


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        provider = self.server
        path = urlsplit(self.path).path
        provider.asked[path] = provider.asked.get(path, 0) + 1
        length = int(self.headers.get("Content-Length", 0))
        form = parse_qs(self.rfile.read(length).decode())
        sent = {name: values[0] for name, values in form.items()}
        if path in provider.answers:
            self._answer(*provider.answers[path])
        elif path == "/token":
            status, body = provider.tokens(sent, self.headers.get("Authorization", ""))
            self._answer(status, json.dumps(body).encode())
        else:
            assert path != "/userinfo" or self.headers["Authorization"] == "Bearer at-1"
            documents = {
                "/.well-known/openid-configuration": provider.published(),
                "/keys": {"keys": provider.keys},
                "/userinfo": provider.userinfo,
            }
            self._answer(200, json.dumps(documents[path]).encode())

    do_POST = do_GET  # noqa: N815 - the base class finds it by this name

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep the tests' output to the tests."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a provider in a thread."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()


def with_second_factor(user: User) -> User:
    """Give somebody a second factor, of which RECOVERY_CODE is a code."""
    now = timezone.now()
    Authenticator.objects.create(user=user, sealed_secret=seal("A" * 32), confirmed_at=now)
    RecoveryCode.objects.create(user=user, digest=digest_of(RECOVERY_CODE))
    return user


def bodies_at(provider: Provider, person: User) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what each route is asked for to sign in at a provider, as often as one likes.

    Or, for the person, to link who they are there.
    """
    there = {"provider": "acme", "redirect_uri": REDIRECT_URI}
    state, own = oidc.depart(**there).state, identities.depart(user=person, **there).state
    OidcAttempt.objects.update(nonce="nonce")
    token = provider.id_token("nonce")
    provider.answers["/token"] = 200, json.dumps({"id_token": token}).encode()
    user = with_second_factor(UserFactory.create())
    challenge = signing.dumps({"user": str(user.pk), "version": 1}, salt="users.oidc.challenge")
    return {
        ("POST", "oidc-authorize"): there,
        ("POST", "oidc-identities"): there | {"current_password": PASSWORD},
        ("POST", "oidc-identity-confirm"): {"state": own, "code": "code"},
        ("POST", "oidc-token"): {"state": state, "code": "code"},
        ("POST", "oidc-second-factor"): {"challenge": challenge, "code": RECOVERY_CODE},
    }
