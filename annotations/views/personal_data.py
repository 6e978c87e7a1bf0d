"""All that is kept of oneself, to take along."""

from __future__ import annotations

from typing import cast

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from annotations.serializers import AnnotationSetSerializer
from annotations.services.personal_data import archive
from config.api.views import ApiViewSet
from users.models import User
from users.permissions import SignInOnly


class PersonalDataViewSet(ApiViewSet):
    """One's own data."""

    permission_classes = (IsAuthenticated, SignInOnly)
    serializer_class = AnnotationSetSerializer
    throttle_scope = "personal_data"
    tag = "users"

    @extend_schema(
        operation_id="users_me_export", responses={(200, "application/zip"): OpenApiTypes.BINARY}
    )
    def retrieve(self, request: Request) -> FileResponse:
        """Take out one's account, sign-ins, tokens, memberships, annotations and deeds, as ZIP."""
        file = archive(cast("User", request.user))
        return FileResponse(file, as_attachment=True, filename="postil-personal-data.zip")
