"""Addresses of storages, and what of them is refused."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from config.storages import addresses
from config.storages.addresses import Bucket, Folder, backend, fault_of, parse
from config.storages.s3 import PrivateS3Storage
from tests.s3_server import CREDENTIALS


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("file:///srv/files", Folder("/srv/files")),
        ("file:///srv/a%20b", Folder("/srv/a b")),
        ("s3://bucket", Bucket("bucket", "", None, None)),
        ("s3://bucket/", Bucket("bucket", "", None, None)),
        ("s3://my.bucket-1/a/b%20c/", Bucket("my.bucket-1", "a/b c", None, None)),
        (
            "s3://bucket/a?region=eu-central-1&endpoint=http://minio:9000",
            Bucket("bucket", "a", "eu-central-1", "http://minio:9000"),
        ),
    ],
)
def test_an_address_names_a_folder_or_a_bucket(url: str, place: Any) -> None:
    assert parse(url) == place
    assert fault_of(url) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("/srv/files", "must be a file:// address of an absolute folder, or s3://bucket/prefix"),
        ("file://srv/files", "must be a file:// address"),
        ("file:///srv?a=b", "must be a file:// address"),
        ("ftp://example.org/a", "must be a file:// address"),
        ("s3:///prefix", "must name a bucket, as s3://bucket/prefix, and no password"),
        ("s3://key:secret@bucket/prefix", "must name a bucket"),
        ("s3://Bucket", "must name a bucket"),
        ("s3://bucket?acl=public-read", "takes ?region=…&endpoint=… and nothing else"),
        ("s3://bucket?region=", "takes ?region"),
        ("s3://bucket#a", "takes ?region"),
        ("s3://bucket?endpoint=minio:9000", "names an endpoint that is no http(s):// address"),
        ("s3://bucket?endpoint=https://u:p@minio", "names an endpoint"),
        ("s3://bucket?endpoint=https://minio/path", "names an endpoint"),
    ],
)
def test_any_other_is_refused_without_its_secrets(url: str, fault: str) -> None:
    told = fault_of(url) or ""
    assert fault in told
    assert "secret" not in told


def test_without_its_packages_a_bucket_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "find_spec", lambda _: None)
    assert fault_of("file:///srv/files") is None
    told = "is in S3, which needs more: pip install --require-hashes -r requirements-s3.txt"
    assert fault_of("s3://bucket") == told


def test_a_folder_needs_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("boto3", "storages"):
        monkeypatch.setitem(sys.modules, name, None)
    folder = {"location": "/srv/files"}
    told = {"BACKEND": "config.storages.folder.FolderStorage", "OPTIONS": folder}
    assert backend("file:///srv/files") == told
    assert backend("s3://bucket")["BACKEND"] == "config.storages.s3.PrivateS3Storage"


def test_what_is_wrong_is_left_to_the_checks() -> None:
    assert backend("srv/files")["OPTIONS"] == {"location": "srv/files"}


def test_amazon_s_own_storage_is_asked_as_it_is_used_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    storage = PrivateS3Storage(**backend("s3://bucket/a?region=eu-central-1")["OPTIONS"])
    assert storage.client.meta.endpoint_url == "https://s3.eu-central-1.amazonaws.com"
    assert storage.client.meta.config.request_checksum_calculation == "when_supported"
    assert storage.client.meta.config.signature_version == "s3v4"
