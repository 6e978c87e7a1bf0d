"""One thing said: a label on a span of the text, on a part of a page, or on the document."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Deferrable, F, Func, Q

from annotations.models.annotation_set import AnnotationSet
from annotations.models.label import Label
from annotations.models.schema_version import SchemaVersion
from annotations.querysets import AnnotationQuerySet
from documents.models import Document, Project, Revision
from users.models import Resource


class Anchoring(models.TextChoices):
    """How an annotation came to its place in the text."""

    WRITTEN = "written", "as it was written"
    EXACT = "exact", "at the same place of a new text"
    QUOTE = "quote", "by its quote and what stands around it"
    FUZZY = "fuzzy", "by what resembles its quote"
    PLACED = "placed", "by somebody, anew"
    LOST = "lost", "not in the present text"


class Extent(Func):
    """The characters that an annotation covers, as an int4multirange (see migration 0004)."""

    function = "annotation_extent"
    arity = 3
    output_field = models.TextField()  # Django knows no multiranges; it is compared in SQL alone


class Annotation(Resource):
    """An annotation of a span, of a region where `page` is set, else of the whole document.

    Offsets count Unicode code points of `revision`, half open; that is the set's revision but for
    what was lost. `quote` is the text between them, `prefix` and `suffix` the text around it: what
    re-anchoring goes by, which notes in `anchoring` how it was found and how sure that is.

    A discontinuous span has `fragments`, two or more of [start, end] that ascend and do not touch;
    `start` and `end` are then where the first begins and the last ends, and `quote` is what they
    quote, joined by spaces. A region has `boxes` on pages, as {page (from 0), left, top, right,
    bottom (points from the top left corner)}; `page` is the first one's. `exclusive` ones do not
    overlap with others of their set: see Project.allows_overlap.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="annotations", db_index=False
    )
    annotation_set = models.ForeignKey(
        AnnotationSet, on_delete=models.PROTECT, related_name="annotations", db_index=False
    )
    revision = models.ForeignKey(
        Revision,
        on_delete=models.PROTECT,
        related_name="annotations",
        editable=False,
        db_index=False,
    )
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="annotations")
    schema_version = models.ForeignKey(
        SchemaVersion, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    fragments = models.JSONField(null=True)
    quote = models.TextField(blank=True)
    prefix = models.CharField(max_length=32, blank=True)
    suffix = models.CharField(max_length=32, blank=True)
    page = models.PositiveIntegerField(null=True)
    boxes = models.JSONField(null=True)
    exclusive = models.BooleanField(default=False, editable=False)
    anchoring = models.CharField(
        max_length=10, choices=Anchoring, default=Anchoring.WRITTEN, editable=False
    )
    anchor_confidence = models.FloatField(null=True, editable=False)
    attributes = models.JSONField(default=dict)
    body = models.TextField(blank=True, help_text="Free text: a note, an answer.")
    confidence = models.FloatField(null=True)
    derived_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
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
                condition=Q(fragments__isnull=True) | Q(start__isnull=False),
                name="annotation_fragments_are_of_a_span",
            ),
            models.CheckConstraint(
                condition=Q(page=None, boxes__isnull=True)
                | Q(page__isnull=False, boxes__isnull=False, start=None),
                name="annotation_region_has_boxes_and_no_span",
            ),
            ExclusionConstraint(
                name="annotation_exclusive_do_not_overlap",
                expressions=[
                    ("annotation_set", "="),
                    (Extent("start", "end", "fragments"), "&&"),
                ],
                condition=Q(exclusive=True, deleted_at=None, start__isnull=False)
                & ~Q(anchoring="lost"),
                # A text that changes moves many at once, each past the old places of the others.
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="annotation_confidence_from_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(anchoring__in=Anchoring.values), name="annotation_anchoring_known"
            ),
            models.CheckConstraint(
                condition=Q(anchor_confidence=None)
                | Q(anchor_confidence__gte=0, anchor_confidence__lte=1),
                name="annotation_anchor_confidence_from_0_to_1",
            ),
            models.UniqueConstraint(
                fields=["annotation_set", "label"],
                condition=Q(start=None, page=None, deleted_at=None),
                name="annotation_document_label_once_per_set",
            ),
        )
        indexes = (
            models.Index(fields=["document", "id"], name="annotation_of_document"),
            # What is counted of each document of a list: read from the index alone.
            models.Index(
                fields=["document", "annotation_set"],
                condition=Q(deleted_at=None) & ~Q(anchoring="lost"),
                name="annotation_present",
            ),
            models.Index(fields=["annotation_set", "start", "id"], name="annotation_of_set"),
            models.Index(fields=["project", "id"], name="annotation_of_project"),
            models.Index(fields=["project", "label", "id"], name="annotation_by_label"),
            models.Index(
                fields=["project", "id"], condition=Q(anchoring="lost"), name="annotation_lost"
            ),
            GinIndex(
                OpClass("attributes", "jsonb_path_ops"),
                condition=~Q(attributes={}),
                name="annotation_by_attribute",
            ),
        )

    def __str__(self) -> str:
        return f"{self.label}: {self.quote[:40]}" if self.quote else str(self.label)
