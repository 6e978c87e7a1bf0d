"""What joins two annotations of a set."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotations.models.annotation import Annotation
from annotations.models.annotation_set import AnnotationSet
from annotations.models.label import Label
from annotations.models.schema_version import SchemaVersion
from annotations.querysets import RelationQuerySet
from documents.models import Document, Project
from users.models import Resource


class Relation(Resource):
    """A labelled way from one annotation to another of the same set; it goes when one of them does.

    What is deleted with an annotation comes back with it: both bear the same `deleted_at`.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="relations", db_index=False
    )
    annotation_set = models.ForeignKey(
        AnnotationSet, on_delete=models.PROTECT, related_name="relations", db_index=False
    )
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="relations")
    schema_version = models.ForeignKey(
        SchemaVersion, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="relations_out")
    target = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="relations_in")
    attributes = models.JSONField(default=dict)
    body = models.TextField(blank=True, help_text="Free text: a note, an answer.")
    confidence = models.FloatField(null=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = RelationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="relation_joins_two_annotations"
            ),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="relation_confidence_from_0_to_1",
            ),
            models.UniqueConstraint(
                fields=["source", "target", "label"],
                condition=Q(deleted_at=None),
                name="relation_once_between_two",
            ),
        )
        indexes = (
            models.Index(fields=["document", "id"], name="relation_of_document"),
            models.Index(fields=["annotation_set", "id"], name="relation_of_set"),
            models.Index(fields=["project", "label", "id"], name="relation_by_label"),
        )

    def __str__(self) -> str:
        return f"{self.label}: {self.source_id} to {self.target_id}"
