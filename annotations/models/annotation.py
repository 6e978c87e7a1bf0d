"""One thing said: a label on a span of the text, or on the document as a whole."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotations.models.annotation_set import AnnotationSet
from annotations.models.label import Label
from annotations.querysets import AnnotationQuerySet
from documents.models import Document, Project
from users.models import Resource


class Annotation(Resource):
    """An annotation; without `start` and `end` it speaks of the whole document.

    Offsets count Unicode code points of the set's revision, half open. `quote` is the text
    between them, `prefix` and `suffix` the text around it: what re-anchoring goes by.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="annotations")
    annotation_set = models.ForeignKey(
        AnnotationSet, on_delete=models.PROTECT, related_name="annotations"
    )
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="annotations")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    quote = models.TextField(blank=True)
    prefix = models.CharField(max_length=32, blank=True)
    suffix = models.CharField(max_length=32, blank=True)
    body = models.TextField(blank=True, help_text="Free text: a note, an answer.")
    confidence = models.FloatField(null=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(start=None, end=None)
                | Q(start__isnull=False, end__isnull=False, start__lt=F("end")),
                name="annotation_start_before_end",
            ),
            models.CheckConstraint(
                condition=Q(start=None) | ~Q(quote=""), name="annotation_span_has_quote"
            ),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="annotation_confidence_from_0_to_1",
            ),
            models.UniqueConstraint(
                fields=["annotation_set", "label"],
                condition=Q(start=None, deleted_at=None),
                name="annotation_document_label_once_per_set",
            ),
        )
        indexes = (
            models.Index(fields=["document", "id"], name="annotation_of_document"),
            models.Index(fields=["annotation_set", "start", "id"], name="annotation_of_set"),
            models.Index(fields=["project", "label", "id"], name="annotation_by_label"),
        )

    def __str__(self) -> str:
        return f"{self.label}: {self.quote[:40]}" if self.quote else str(self.label)
