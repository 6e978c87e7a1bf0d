"""Labels, sets, annotations and exports over HTTP."""

from annotations.views.annotations import AnnotationViewSet
from annotations.views.exports import ExportViewSet
from annotations.views.labels import LabelViewSet
from annotations.views.personal_data import PersonalDataViewSet
from annotations.views.sets import AnnotationSetViewSet

__all__ = [
    "AnnotationSetViewSet",
    "AnnotationViewSet",
    "ExportViewSet",
    "LabelViewSet",
    "PersonalDataViewSet",
]
