"""The Django app of this domain."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
