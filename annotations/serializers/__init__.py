"""What goes in and out of labels, sets, annotations, exports and imports."""

from annotations.serializers.annotations import (
    MAX_OFFSET,
    AnnotationChanges,
    AnnotationInput,
    AnnotationSerializer,
    BulkInput,
    BulkItemSerializer,
    BulkResultSerializer,
    CountQuery,
    ExportQuery,
    OffsetUnitQuery,
)
from annotations.serializers.comments import (
    CommentInput,
    CommentSerializer,
    NotificationSerializer,
    ReadInput,
    UnreadSerializer,
)
from annotations.serializers.imports import (
    ImportFromFile,
    ImportFromPlace,
    ImportFromUpload,
    ImportInput,
)
from annotations.serializers.labels import (
    ConfirmQuery,
    LabelChanges,
    LabelInput,
    LabelSerializer,
    LabelUsageSerializer,
)
from annotations.serializers.relabelling import MergeInput, RelabellingQuery, SplitInput
from annotations.serializers.relations import (
    BulkRelationsInput,
    BulkRelationsResult,
    ChainsQuery,
    ChainsSerializer,
    RelationChanges,
    RelationInput,
    RelationSerializer,
)
from annotations.serializers.restorations import RestorationInput, RestoreInput
from annotations.serializers.schemas import (
    SchemaChangeQuery,
    SchemaChangesSerializer,
    SchemaCopyInput,
    SchemaPutQuery,
    SchemaQuery,
    SchemaSerializer,
    SchemaVersionSerializer,
)
from annotations.serializers.set_content import SetContentInput, SetContentSerializer
from annotations.serializers.sets import (
    AnnotationSetSerializer,
    ModelRunInput,
    ModelRunSerializer,
    ReasonInput,
    SetInput,
)
from annotations.serializers.undo import StepsSerializer, UndoneSerializer

__all__ = [
    "MAX_OFFSET",
    "AnnotationChanges",
    "AnnotationInput",
    "AnnotationSerializer",
    "AnnotationSetSerializer",
    "BulkInput",
    "BulkItemSerializer",
    "BulkRelationsInput",
    "BulkRelationsResult",
    "BulkResultSerializer",
    "ChainsQuery",
    "ChainsSerializer",
    "CommentInput",
    "CommentSerializer",
    "ConfirmQuery",
    "CountQuery",
    "ExportQuery",
    "ImportFromFile",
    "ImportFromPlace",
    "ImportFromUpload",
    "ImportInput",
    "LabelChanges",
    "LabelInput",
    "LabelSerializer",
    "LabelUsageSerializer",
    "MergeInput",
    "ModelRunInput",
    "ModelRunSerializer",
    "NotificationSerializer",
    "OffsetUnitQuery",
    "ReadInput",
    "ReasonInput",
    "RelabellingQuery",
    "RelationChanges",
    "RelationInput",
    "RelationSerializer",
    "RestorationInput",
    "RestoreInput",
    "SchemaChangeQuery",
    "SchemaChangesSerializer",
    "SchemaCopyInput",
    "SchemaPutQuery",
    "SchemaQuery",
    "SchemaSerializer",
    "SchemaVersionSerializer",
    "SetContentInput",
    "SetContentSerializer",
    "SetInput",
    "SplitInput",
    "StepsSerializer",
    "UndoneSerializer",
    "UnreadSerializer",
]
