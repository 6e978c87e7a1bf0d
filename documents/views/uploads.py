"""Resumable uploads by the tus protocol, version 1.0, for files too large for one request.

The pieces are bodies of PATCH requests, and Upload-Offset is what these are conditional on; so
neither they nor DELETE take If-Match.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.problems import InvalidHeader
from config.api.views import ApiViewSet, RetrieveMixin
from documents.models import Upload
from documents.serializers import UploadSerializer
from documents.services import uploads
from documents.views import tus
from documents.views.in_project import InProjectViewSet


def _told(name: str, description: str, kind: type = str, *, required: bool = True) -> Any:
    return OpenApiParameter(
        name, kind, OpenApiParameter.HEADER, required=required, description=description
    )


RESUMABLE = _told("Tus-Resumable", f"`{tus.VERSION}`")
CHECKSUM = _told(
    "Upload-Checksum", "`sha1` or `sha256`, a blank, and the digest in Base64.", required=False
)
PIECE = {tus.PIECE: OpenApiTypes.BINARY}
GONE = OpenApiResponse(description="It has expired or was given up.")
OTHER_VERSION = OpenApiResponse(description="Tus-Resumable names no version that is spoken here.")
MISMATCH = OpenApiResponse(description="The piece did not arrive as it was sent; it is not kept.")


class UploadViewSet(RetrieveMixin, InProjectViewSet):
    """Files that arrive in pieces."""

    queryset = Upload.objects.none()
    serializer_class = UploadSerializer
    parser_classes = (tus.PieceParser,)
    http_method_names = (*ApiViewSet.http_method_names, "options")
    content_headers = frozenset({"Upload-Length", "Upload-Metadata"})
    is_versioned = False
    requires = dict.fromkeys(
        ("metadata", "create", "retrieve", "partial_update", "destroy"), "document.add"
    )
    tag = "uploads"

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Tell the version of the protocol on every answer, errors included."""
        return super().default_response_headers | {"Tus-Resumable": tus.VERSION}

    def get_queryset(self) -> QuerySet[Any]:
        return Upload.objects.visible_to(self.user)

    def metadata(self, request: Request, **ids: UUID) -> Response:
        """Tell what of the protocol is spoken here; OPTIONS, under the name that DRF gives it."""
        self.project() if "project_id" in ids else self.get_object()
        capabilities = {
            "Tus-Version": tus.VERSION,
            "Tus-Extension": tus.EXTENSIONS,
            "Tus-Max-Size": str(uploads.max_length()),
            "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=capabilities)

    @extend_schema(
        parameters=[
            RESUMABLE,
            _told("Upload-Length", "How many bytes the file has.", int),
            _told("Upload-Metadata", "e.g. `filename YWRhLnR4dA==`", required=False),
            CHECKSUM,
        ],
        request=PIECE,
        responses={201: UploadSerializer, 412: OTHER_VERSION, 460: MISMATCH},
    )
    def create(self, request: Request, project_id: UUID) -> Response:
        """Begin a resumable upload (tus 1.0); a body is its first piece.

        Its bytes are held against the project's quota. Once all pieces are here it is used by its
        id: `{"upload": …}` on the routes that make documents and imports.
        """
        with tus.nothing_left_unread(request):
            project = self.project()
            tus.require_version(request)
            told, piece = tus.creation(request), tus.piece(request, 0)
            if piece.size and "Idempotency-Key" in request.headers:
                raise InvalidHeader("Idempotency-Key: begin without a body, then send it by PATCH.")
            upload = uploads.begin_upload(
                actor=self.user,
                project=project,
                piece=piece if piece.size else None,
                **told._asdict(),
            )
        return _telling(upload, self.created(upload, "upload"))

    @extend_schema(responses={200: UploadSerializer, 410: GONE})
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Tell how far an upload is: by GET as JSON, by HEAD as tus does (`Upload-Offset`)."""
        upload, is_tus = self.get_object(), request.method == "HEAD"
        if is_tus:
            tus.require_version(request)
        uploads.require_open(upload)
        return _telling(upload, Response() if is_tus else self.answer(upload))

    @extend_schema(
        parameters=[
            RESUMABLE,
            _told("Upload-Offset", "Where the piece begins; 409 when the upload ends elsewhere."),
            CHECKSUM,
        ],
        request=PIECE,
        responses={204: None, 410: GONE, 412: OTHER_VERSION, 460: MISMATCH},
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Send the next piece. Of a connection that tears what arrived is kept."""
        with tus.nothing_left_unread(request):
            upload = self.get_object()
            tus.require_version(request)
            piece = tus.piece(request, tus.offset(request))
            upload = uploads.append(actor=self.user, upload=upload, piece=piece)
        return _telling(upload, Response(status=status.HTTP_204_NO_CONTENT))

    @extend_schema(parameters=[RESUMABLE], responses={204: None, 412: OTHER_VERSION})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Give up an upload that is not used."""
        upload = self.get_object()
        tus.require_version(request)
        uploads.give_up(actor=self.user, upload=upload)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _telling(upload: Upload, response: Response) -> Response:
    """Return the response with how far the upload is, as tus says it."""
    response["Upload-Offset"] = str(upload.offset)
    response["Upload-Length"] = str(upload.length)
    response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    if upload.metadata:
        response["Upload-Metadata"] = upload.metadata
    return response
