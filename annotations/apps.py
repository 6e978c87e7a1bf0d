"""The Django app of this domain."""

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "annotations"
