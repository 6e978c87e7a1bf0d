"""Addresses of storages: file:///folder, or s3://bucket/prefix?region=…&endpoint=…."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ENDPOINT = re.compile(r"https?://[^/?#@\s]+/?")
PARAMETERS = {"region", "endpoint"}


class Folder(NamedTuple):
    """An absolute folder of this machine."""

    path: str


class Bucket(NamedTuple):
    """A place in a bucket: keys below `prefix`, which neither begins nor ends with a slash."""

    name: str
    prefix: str
    region: str | None
    endpoint: str | None


def parse(url: str) -> Folder | Bucket:
    """Return what a storage's address names; raises ValueError with what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return _bucket(url)
    if not url.startswith("file:///") or parts.query or parts.fragment:
        raise ValueError("must be a file:// address of an absolute folder, or s3://bucket/prefix")
    return Folder(unquote(parts.path))


def _bucket(url: str) -> Bucket:
    parts = urlsplit(url)
    told = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not BUCKET.fullmatch(parts.netloc):  # a password in the address is none either
        raise ValueError("must name a bucket, as s3://bucket/prefix, and no password")
    if parts.fragment or not told.keys() <= PARAMETERS or "" in told.values():
        raise ValueError("takes ?region=…&endpoint=… and nothing else")
    if not ENDPOINT.fullmatch(told.get("endpoint", "https://default")):
        raise ValueError("names an endpoint that is no http(s):// address of a host")
    prefix = unquote(parts.path).strip("/")
    return Bucket(parts.netloc, prefix, told.get("region"), told.get("endpoint"))


def fault_of(url: str) -> str | None:
    """Return what is wrong with an address, or must be installed for it; None if nothing."""
    try:
        place = parse(url)
    except ValueError as error:
        return str(error)
    if isinstance(place, Bucket) and not find_spec("storages"):
        return "is in S3, which needs more: pip install --require-hashes -r requirements-s3.txt"
    return None


def backend(url: str) -> dict[str, Any]:
    """Return the address as an entry of Django's STORAGES; config.checks tells what is wrong."""
    try:
        place = parse(url)
    except ValueError:
        place = Folder(unquote(urlsplit(url).path))
    if isinstance(place, Folder):
        options: dict[str, Any] = {"location": place.path}
        return {"BACKEND": "config.storages.folder.FolderStorage", "OPTIONS": options}
    return {"BACKEND": "config.storages.s3.PrivateS3Storage", "OPTIONS": options_of(place)}


def options_of(bucket: Bucket) -> dict[str, Any]:
    """Return a bucket as options of PrivateS3Storage."""
    return {
        "bucket_name": bucket.name,
        "location": bucket.prefix,
        "region_name": bucket.region,
        "endpoint_url": bucket.endpoint,
    }
