"""OpenID Connect providers (settings.OIDC_PROVIDERS): where they are asked, and what they assert.

The authorization code flow with PKCE: https://openid.net/specs/openid-connect-core-1_0.html.
Whatever a provider answers is a stranger's content until its ID token was held against its keys.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jwt
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.core.cache import cache

from config.outbound import OutboundClient, OutboundRefused, authorities
from config.outbound.addresses import target_of
from users.errors import InvalidMember, ProviderRefused, ProviderUnavailable
from users.models import OidcAttempt

SCOPE = "openid email profile"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
KEPT_SECONDS = 3600
KEYS_ASKED_AGAIN_SECONDS = 60
LEEWAY_SECONDS = 60
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]

Claims = dict[str, Any]


@dataclass(frozen=True)
class Provider:
    """One entry of settings.OIDC_PROVIDERS, under its name there."""

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def client(self) -> OutboundClient:
        """Return the client that asks it: the operator named its host, wherever that lies."""
        return OutboundClient(
            allowed_hosts=frozenset({str(target_of(self.issuer))}),
            trust=partial(authorities, settings.OIDC_CA_FILE),
        )

    def key(self, what: str) -> str:
        """Return where something of it is kept in the cache."""
        return f"oidc:{what}:{hashlib.sha256(self.issuer.encode()).hexdigest()}"


def providers() -> list[Provider]:
    """Return every provider of the settings."""
    return [Provider(name, **members) for name, members in settings.OIDC_PROVIDERS.items()]


def provider_named(name: str) -> Provider:
    """Return a provider; raises InvalidMember."""
    for provider in providers():
        if provider.name == name:
            return provider
    raise InvalidMember("/provider", "unknown", "There is no such provider; see `GET auth/oidc`.")


def authorization_url(provider: Provider, attempt: OidcAttempt, state: str) -> str:
    """Return where somebody signs in at a provider; raises ProviderUnavailable."""
    url: str = prepare_grant_uri(
        _metadata(provider)["authorization_endpoint"],
        client_id=provider.client_id,
        response_type="code",
        redirect_uri=attempt.redirect_uri,
        scope=SCOPE,
        state=state,
        nonce=attempt.nonce,
        code_challenge=create_s256_code_challenge(attempt.code_verifier),
        code_challenge_method="S256",
    )
    return url


def claims_for(provider: Provider, attempt: OidcAttempt, code: str) -> Claims:
    """Exchange a code for what the provider asserts of somebody.

    Raises ProviderUnavailable, and ProviderRefused when code or ID token are not good.
    """
    tokens = _tokens(provider, attempt, code)
    claims = _verified(provider, tokens.get("id_token"), attempt.nonce)
    return claims if "email" in claims else claims | _more(provider, tokens, claims["sub"])


def _tokens(provider: Provider, attempt: OidcAttempt, code: str) -> dict[str, Any]:
    metadata = _metadata(provider)
    body = prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=attempt.redirect_uri,
        code_verifier=attempt.code_verifier,
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    known = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
    auth = ClientAuth(provider.client_id, provider.client_secret, method)
    url, headers, body = auth.prepare("POST", metadata["token_endpoint"], headers, body)
    try:
        answer = provider.client.post(url, body.encode(), headers)
        if answer.status == 200:  # noqa: PLR2004 - as RFC 6749, section 5.1, has it
            return answer.json_object()
    except OutboundRefused as error:
        raise _unavailable(provider) from error
    if answer.status >= 500:  # noqa: PLR2004 - the provider's own fault
        raise _unavailable(provider)
    raise ProviderRefused("It does not take the code; begin again.")


def _more(provider: Provider, tokens: dict[str, Any], subject: str) -> Claims:
    """Return what the provider tells beside its ID token, if it does, of the same person."""
    url: Any = _metadata(provider).get("userinfo_endpoint")
    token = tokens.get("access_token")
    if not _is_safe(provider, url) or not isinstance(token, str):
        return {}
    try:
        told = provider.client.get(url, {"Authorization": f"Bearer {token}"}).json_object()
    except OutboundRefused as error:
        raise _unavailable(provider) from error
    if told.get("sub") != subject:
        raise ProviderRefused("It tells of somebody else; begin again.")
    return {name: told.get(name) for name in ("email", "email_verified", "name")}


# The ID token


def _verified(provider: Provider, token: Any, nonce: str) -> Claims:
    """Return the claims of an ID token that is good; raises ProviderRefused, -Unavailable."""
    try:
        header = jwt.get_unverified_header(token)
        claims: Claims = jwt.decode(
            token,
            _key(provider, header),
            algorithms=ALGORITHMS,
            issuer=provider.issuer,
            audience=provider.client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ProviderRefused("Its ID token is not valid; begin again.") from error
    if claims["nonce"] != nonce or not _is_for(provider, claims):
        raise ProviderRefused("Its ID token is for another sign-in; begin again.")
    return claims


def _is_for(provider: Provider, claims: Claims) -> bool:
    """Return whether we are the party that asked, where a token is for several."""
    audiences = claims["aud"]
    is_shared = isinstance(audiences, list) and len(audiences) > 1
    asked_by = claims.get("azp", None if is_shared else provider.client_id)
    return bool(asked_by == provider.client_id)


def _key(provider: Provider, header: dict[str, Any]) -> jwt.PyJWK:
    """Return the key that a token names; a new one is asked for, once a minute at most."""
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError(algorithm)
    found = _fitting(_keys(provider), header)
    if not found and cache.add(provider.key("asked"), 1, KEYS_ASKED_AGAIN_SECONDS):
        cache.delete(provider.key("keys"))
        found = _fitting(_keys(provider), header)
    if len(found) != 1:
        raise jwt.InvalidKeyError("no such key")
    return jwt.PyJWK(found[0], algorithm)


def _fitting(keys: list[Any], header: dict[str, Any]) -> list[dict[str, Any]]:
    kid, algorithm = header.get("kid"), header["alg"]
    return [
        key
        for key in keys
        if isinstance(key, dict)
        and (kid is None or key.get("kid") == kid)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    ]


# What it publishes


def _metadata(provider: Provider) -> dict[str, Any]:
    url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    found = _published(provider, "metadata", url)
    if found.get("issuer") != provider.issuer or not all(
        _is_safe(provider, found.get(name)) for name in ENDPOINTS
    ):
        cache.delete(provider.key("metadata"))  # so that it may be put right at once
        raise _unavailable(provider)
    return found


def _keys(provider: Provider) -> list[Any]:
    keys = _published(provider, "keys", _metadata(provider)["jwks_uri"]).get("keys")
    return keys if isinstance(keys, list) else []


def _published(provider: Provider, what: str, url: str) -> dict[str, Any]:
    """Return a document of the provider's, at most an hour old; raises ProviderUnavailable."""
    kept: dict[str, Any] | None = cache.get(provider.key(what))
    if kept is not None:
        return kept
    try:
        answer = provider.client.get(url, {"Accept": "application/json"})
        found = answer.json_object()
    except OutboundRefused as error:
        raise _unavailable(provider) from error
    if answer.status != 200:  # noqa: PLR2004 - what is published is there
        raise _unavailable(provider)
    cache.set(provider.key(what), found, KEPT_SECONDS)
    return found


def _is_safe(provider: Provider, url: Any) -> bool:
    """Return whether secrets may go to an address: over TLS, or as the operator had it."""
    try:
        target = target_of(url)
    except (TypeError, ValueError):
        return False
    return target.scheme == "https" or target == target_of(provider.issuer)


def _unavailable(provider: Provider) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"{provider.title} does not answer as it should.", headers={"Retry-After": "30"}
    )
