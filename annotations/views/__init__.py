"""Labels, sets, annotations and exports over HTTP."""

from annotations.views.annotations import AnnotationViewSet
from annotations.views.comments import CommentViewSet, ReplyViewSet
from annotations.views.document_erasure import ErasureViewSet
from annotations.views.documents import AnnotatedDocumentViewSet, AnnotatedSavedFilterViewSet
from annotations.views.exports import ExportViewSet
from annotations.views.found_annotations import FoundAnnotationViewSet
from annotations.views.history import (
    AnnotationHistoryViewSet,
    AnnotationSetHistoryViewSet,
    LabelHistoryViewSet,
)
from annotations.views.imports import ImportViewSet
from annotations.views.labels import LabelViewSet
from annotations.views.model_runs import ModelRunViewSet
from annotations.views.notifications import NotificationViewSet
from annotations.views.personal_data import PersonalDataViewSet
from annotations.views.progress import ProgressViewSet
from annotations.views.relabelling import RelabellingViewSet, UndoViewSet
from annotations.views.relations import ChainViewSet, RelationViewSet
from annotations.views.restorations import RestorationViewSet
from annotations.views.schemas import SchemaVersionViewSet, SchemaViewSet
from annotations.views.set_content import SetContentViewSet
from annotations.views.sets import AnnotationSetViewSet
from annotations.views.undo import StepViewSet

__all__ = [
    "AnnotatedDocumentViewSet",
    "AnnotatedSavedFilterViewSet",
    "AnnotationHistoryViewSet",
    "AnnotationSetHistoryViewSet",
    "AnnotationSetViewSet",
    "AnnotationViewSet",
    "ChainViewSet",
    "CommentViewSet",
    "ErasureViewSet",
    "ExportViewSet",
    "FoundAnnotationViewSet",
    "ImportViewSet",
    "LabelHistoryViewSet",
    "LabelViewSet",
    "ModelRunViewSet",
    "NotificationViewSet",
    "PersonalDataViewSet",
    "ProgressViewSet",
    "RelabellingViewSet",
    "RelationViewSet",
    "ReplyViewSet",
    "RestorationViewSet",
    "SchemaVersionViewSet",
    "SchemaViewSet",
    "SetContentViewSet",
    "StepViewSet",
    "UndoViewSet",
]
