"""The Django app of this domain."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        """Register what runs the jobs of this app, and what has waiting documents indexed."""
        from documents import search_index
        from documents.jobs import near_duplicates, register
        from documents.models import JobKind
        from documents.tasks import index_waiting

        register(JobKind.NEAR_DUPLICATES, near_duplicates.run)
        search_index.ANNOUNCERS.append(index_waiting.delay_on_commit)  # type: ignore[attr-defined]
