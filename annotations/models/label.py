"""What annotations say: a label of a project's schema. Its id is the key; the name may change."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from annotations.querysets import LabelQuerySet
from documents.models import Project
from users.models import Resource


class Kind(models.TextChoices):
    """What a label is put on."""

    SPAN = "span"
    DOCUMENT = "document"
    RELATION = "relation"
    REGION = "region"


class Label(Resource):
    """A label; once in use it is archived instead of deleted, and its annotations stay.

    `attribute_schema` is the JSON Schema (2020-12) of an object that what bears the label has as
    `attributes`; without one it has none. `joins` are the pairs of labels, as [source id, target
    id], that a relation may lead from and to; without any it may join all.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="labels")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=100)
    color = models.CharField(
        max_length=7,
        default="#ffd54f",
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", "Expected a colour such as #ffd54f.")],
    )
    shortcut = models.CharField(max_length=1, blank=True)
    description = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    attribute_schema = models.JSONField(null=True, blank=True)
    joins = models.JSONField(default=list, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = LabelQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "kind", "name"],
                condition=models.Q(archived_at=None),
                name="label_name_unique_in_project_and_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=Kind.values), name="label_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                name="label_is_not_its_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(joins=[]) | models.Q(kind=Kind.RELATION),
                name="label_joins_is_of_relations",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | models.Q(archived_at__isnull=False),
                name="label_merged_is_archived",
            ),
        )
        indexes = (models.Index(fields=["project", "position", "id"], name="label_by_position"),)

    def __str__(self) -> str:
        return self.name
