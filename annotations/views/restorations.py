"""Bringing a project's annotations back to what they were at a time."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.serializers import RestorationInput
from annotations.services.restorations import start_restoration
from documents.models import Job
from documents.serializers import JobSerializer
from documents.views.in_project import InProjectViewSet


class RestorationViewSet(InProjectViewSet):
    """Annotations and relations as they were at a time, by a job that takes later changes back.

    What was deleted comes back, what was made is deleted, what was changed says again what it
    said, each as a new version: nothing is rewritten, and a restoration to a time before it takes
    it back. Comments, labels and the states of sets stay as they are, and so does what was said of
    deleted documents.
    """

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    input_serializers = {"create": RestorationInput}
    requires = {"create": "annotation.restore"}
    tag = "annotations"

    @extend_schema(responses={202: JobSerializer})
    def create(self, request: Request, project_id: UUID) -> Response:
        """Take back what was changed after a time: in the project, in a document, by a user.

        The job's counts tell how many rows were restored, deleted, updated, or unchanged, for
        they were as then already. Those `left` as they are stand among its errors, with their
        ids: what somebody else has changed since (`changed_since`), what is in a set that is
        handed in (`set_closed`), what has a label that is archived by now (`label_archived`),
        what was moved in another text than the present one (`text_differs`), and what has no room
        any more (`overlaps`, `label_already_given`, `relation_exists`, `end_deleted`). The order
        is that of the log: `after_event` of the job's parameters is the last event that stands.
        """
        job = start_restoration(actor=self.user, project=self.project(), **self.validated())
        return self.created(job, "job", status.HTTP_202_ACCEPTED)
