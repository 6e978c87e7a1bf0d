"""Saved filters that may ask for annotations too: `documents` knows nothing of these."""

from __future__ import annotations

from django.contrib import admin

from annotations.filters import AnnotatedDocumentFilter
from documents.admin import SavedFilterAdmin
from documents.models import SavedFilter


class AnnotatedSavedFilterAdmin(SavedFilterAdmin):
    """The same pages, which hold queries against the filter of annotated documents."""

    document_filter = AnnotatedDocumentFilter


admin.site.unregister(SavedFilter)
admin.site.register(SavedFilter, AnnotatedSavedFilterAdmin)
