"""Everything that one source says about one revision of a document."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models.model_run import ModelRun
from annotations.querysets import AnnotationSetQuerySet
from documents.models import Document, Job, Project, Revision
from users.models import Resource


class SetKind(models.TextChoices):
    """Whose word a set is."""

    ANNOTATOR = "annotator"
    IMPORT = "import"
    MODEL = "model"
    GOLD = "gold"


class State(models.TextChoices):
    """Where a set stands in review."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class AnnotationSet(Resource):
    """One source's annotations of one revision, reviewed as a whole."""

    # What is found by these is found by the longer indexes below.
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="annotation_sets", db_index=False
    )
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="annotation_sets")
    kind = models.CharField(max_length=20, choices=SetKind, default=SetKind.ANNOTATOR)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotation_sets"
    )
    job = models.ForeignKey(
        Job, on_delete=models.PROTECT, null=True, related_name="annotation_sets", editable=False
    )
    model_run = models.ForeignKey(
        ModelRun,
        on_delete=models.PROTECT,
        null=True,
        related_name="annotation_sets",
        editable=False,
    )
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    submitted_at = models.DateTimeField(null=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Why it was returned.")

    objects = AnnotationSetQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["revision", "author"],
                condition=Q(kind=SetKind.ANNOTATOR),
                name="annotation_set_one_per_annotator",
            ),
            models.UniqueConstraint(
                fields=["revision", "job"], name="annotation_set_one_per_import"
            ),
            models.UniqueConstraint(
                fields=["revision", "model_run"], name="annotation_set_one_per_model_run"
            ),
            models.UniqueConstraint(
                fields=["revision"],
                condition=Q(kind=SetKind.GOLD),
                name="annotation_set_one_gold_per_revision",
            ),
            models.CheckConstraint(
                condition=Q(kind=SetKind.MODEL, model_run__isnull=False)
                | (~Q(kind=SetKind.MODEL) & Q(model_run=None)),
                name="annotation_set_of_a_model_has_its_run",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SetKind.values), name="annotation_set_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="annotation_set_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.RETURNED) | ~Q(reason=""),
                name="annotation_set_returned_has_reason",
            ),
        )
        indexes = (
            models.Index(fields=["document", "id"], name="annotation_set_of_document"),
            models.Index(fields=["project", "id"], name="annotation_set_of_project"),
            models.Index(fields=["project", "state", "id"], name="annotation_set_by_state"),
        )

    def __str__(self) -> str:
        return f"{self.author}: {self.state}"


class AnnotatedDocument(models.Model):
    """That a document has a set: the database writes it with the first one, for the Tally."""

    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.document_id)
