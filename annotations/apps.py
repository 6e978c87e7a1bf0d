"""The Django app of this domain."""

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "annotations"

    def ready(self) -> None:
        """Register what runs the jobs of this app, and what follows the settings of projects."""
        from annotations import jobs
        from annotations.services import overlap
        from documents.services.projects import follow_projects

        jobs.register_runners()
        follow_projects(overlap.follow_setting)
