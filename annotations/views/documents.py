"""Documents, found and counted also by the annotations on them."""

from __future__ import annotations

from annotations.filters import AnnotatedDocumentFilter
from annotations.services.finding import by_label, by_state
from documents.services.facets import Counting
from documents.views import DocumentViewSet, SavedFilterViewSet
from documents.views.finding import finding_parameters


class AnnotatedDocumentViewSet(DocumentViewSet):
    """What is annotated."""

    filterset_class = AnnotatedDocumentFilter
    query_parameters = {
        **DocumentViewSet.query_parameters,
        **finding_parameters(AnnotatedDocumentFilter),
    }

    def countings(self) -> dict[str, Counting]:
        mine = {
            "annotation_state": by_state(self.user),
            "label": by_label(self.user, self.kwargs["project_id"]),
        }
        return super().countings() | mine


class AnnotatedSavedFilterViewSet(SavedFilterViewSet):
    """Saved filters that may ask for annotations too."""

    document_filter = AnnotatedDocumentFilter
