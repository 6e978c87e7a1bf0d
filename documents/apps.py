"""The Django app of this domain."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        """Register what runs the jobs of this app."""
        from documents.jobs import near_duplicates, register
        from documents.models import JobKind

        register(JobKind.NEAR_DUPLICATES, near_duplicates.run)
