"""What documents are found by: words of their texts, declared metadata, saved filters."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from documents.models.document import Document
from documents.models.project import Project
from documents.models.revision import Revision
from documents.querysets import MetadataFieldQuerySet, SavedFilterQuerySet
from users.models import Resource


class SearchEntry(models.Model):
    """The words of a document's title and present text, as `documents.search_index` writes them.

    `configuration` names the text search configuration by which they were read: that of the
    language, or the plain one. Words with accents stand there without them too, and of scripts
    that do not part words each pair of letters. `words` are kept as they are, within the row, for
    they do not get smaller by compression (see the migration).
    """

    document = models.OneToOneField(
        Document, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    revision = models.ForeignKey(
        Revision, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    configuration = models.CharField(max_length=63)
    words = SearchVectorField()

    class Meta:
        indexes = (
            GinIndex(fields=["project", "words"], name="search_entry_by_word"),
            models.Index(fields=["project", "configuration"], name="search_entry_by_language"),
        )

    def __str__(self) -> str:
        return str(self.document_id)


class Unindexed(models.Model):
    """A document whose words are still to be read: a row of the queue that workers empty.

    A document may stand here several times. There is nothing to hold a row to its document: what
    reads the queue joins it, and a batch of new documents would pay for each one's check.
    """

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(
        Document, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    project = models.ForeignKey(
        Project, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    queued_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.document_id)


class MetadataType(models.TextChoices):
    """What values a declared metadata field has."""

    KEYWORD = "keyword"
    NUMBER = "number"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


class MetadataField(Resource):
    """A member of documents' metadata that a project declares: typed, checked, filterable."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="metadata_fields")
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=20, choices=MetadataType)

    objects = MetadataFieldQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"], name="metadata_field_once_per_project"
            ),
            models.CheckConstraint(
                condition=models.Q(type__in=MetadataType.values), name="metadata_field_type_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.type})"


class MetadataValue(models.Model):
    """A document's value of a declared number or time, where ranges are found by an index."""

    id = models.BigAutoField(primary_key=True)
    field = models.ForeignKey(
        MetadataField, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    number = models.FloatField(null=True)
    moment = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["field", "document"], name="metadata_value_once_per_document"
            ),
        )
        indexes = (
            models.Index(fields=["field", "number", "document"], name="metadata_by_number"),
            models.Index(fields=["field", "moment", "document"], name="metadata_by_moment"),
        )

    def __str__(self) -> str:
        return f"{self.field_id}: {self.number if self.moment is None else self.moment}"


class SavedFilter(Resource):
    """A named query over a project's documents; a shared one is everybody's to use."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="saved_filters")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    query = models.JSONField(default=dict)
    is_shared = models.BooleanField(default=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "owner", "name"], name="saved_filter_name_once_per_owner"
            ),
        )

    def __str__(self) -> str:
        return self.name
