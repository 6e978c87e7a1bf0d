"""What lists of documents can be filtered by, and searched for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self, cast
from uuid import UUID

import django_filters as filters
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict
from django_filters.utils import translate_validation
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from config.api.filters import MomentFilter, OneOfFilter, SeveralFilter, TrueOrFalseFilter
from config.api.problems import InvalidQuery
from documents.filters.metadata import FAMILY, conditions
from documents.models import Document, SavedFilter, Split, Status
from documents.services import search
from users.models import User

NONE = "none"  # the value by which what has none is found


class DocumentFilter(filters.FilterSet):
    """The documents of one project that fit all parameters; `searches` are those among them.

    A parameter that may be given several times is fulfilled by any of its values, but for `tag`.
    Beside these, `metadata.<name>` with or without `.gt`, `.gte`, `.lt`, `.lte` or `.exists` holds
    them against declared metadata.
    """

    status = OneOfFilter(choices=Status.choices, label="One of these.")
    error_code = SeveralFilter(label="Whose file could not be read, for one of these reasons.")
    split = OneOfFilter(
        choices=[*Split.choices, (NONE, "in none")], method="in_split", label="In one of these."
    )
    language = SeveralFilter(
        method="in_language", label="Exactly one of these BCP 47 tags, or none."
    )
    external_id = SeveralFilter(label="Those that you call so.")
    tag = SeveralFilter(method="with_tags", label="Has all of these tags.")
    tag_any = SeveralFilter(method="with_any_tag", label="Has one of these tags.")
    media_type = SeveralFilter(label="Of one of these media types.")
    sha256 = filters.CharFilter(label="With a file, or text, of this SHA-256.")
    duplicate = TrueOrFalseFilter(
        method="is_duplicate", label="`true`: with the content of an earlier one."
    )
    created_after = MomentFilter(
        field_name="created_at", lookup_expr="gt", label="Later than this time."
    )
    created_before = MomentFilter(
        field_name="created_at", lookup_expr="lt", label="Earlier than this time."
    )
    updated_after = MomentFilter(
        field_name="updated_at", lookup_expr="gt", label="Changed later than this time."
    )
    updated_before = MomentFilter(
        field_name="updated_at", lookup_expr="lt", label="Changed last before this time."
    )
    deleted = TrueOrFalseFilter(method="in_bin", label="`true`: what can be restored.")
    erased = TrueOrFalseFilter(method="gone", label="`true`: what is left of erased ones.")
    filter = filters.UUIDFilter(
        method="at_last", label="A saved filter; other parameters narrow it."
    )
    search = filters.CharFilter(
        method="at_last",
        strip=False,
        label=(
            "Words of title or text, in any inflection and with or without accents: all of them; "
            '`or` between alternatives, `-` before what is not wanted, "…" around a phrase.'
        ),
    )
    lang = filters.CharFilter(
        method="at_last",
        validators=[RegexValidator(r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z", "Not a BCP 47 tag.")],
        label="The language of `search`, as BCP 47 tag; all of the project's unless told.",
    )
    substring = filters.CharFilter(
        method="at_last", strip=False, label="What title or text contains, in any letter case."
    )

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()

    def __init__(
        self,
        data: MultiValueDict[str, str],
        rows: QuerySet[Any],
        *,
        request: Request,
        project_id: UUID,
    ) -> None:
        # A form is dear, so it has fields only for what is given.
        known: Mapping[str, Any] = type(self).base_filters
        self.base_filters: Any = {name: one for name, one in known.items() if name in data}
        super().__init__(data, rows, request=request)
        self.project_id = project_id
        self.searches: list[search.Search] = []

    @classmethod
    def of_query(cls, query: Mapping[str, Any], rows: QuerySet[Any], **context: Any) -> Self:
        """Return the filter of a saved query, whose values are texts or lists of texts."""
        lists = {name: one if isinstance(one, list) else [one] for name, one in query.items()}
        return cls(MultiValueDict(lists), rows, **context)

    @classmethod
    def parameters(cls) -> frozenset[str]:
        """Return the names of all parameters but those of the family `metadata.`."""
        return frozenset(cls.base_filters)

    @classmethod
    def repeatable(cls) -> frozenset[str]:
        """Return the names of those that may be given several times."""
        several = (OneOfFilter, SeveralFilter)
        return frozenset(name for name, one in cls.base_filters.items() if isinstance(one, several))

    @property
    def user(self) -> User:
        """Return who asks."""
        return cast("User", self.request.user)

    def rows(self) -> QuerySet[Any]:
        """Return the documents that fit; raises InvalidQuery, ValidationError."""
        if self.errors:
            raise translate_validation(self.errors)
        rows: QuerySet[Any] = self.qs
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply what costs most last, when the rest has left fewer documents."""
        given = self.form.cleaned_data
        saved = self._saved(given["filter"]) if given.get("filter") else None
        rows = super().filter_queryset(self._of_saved(queryset, saved) if saved else queryset)
        if not saved and not {"deleted", "erased"} & self.data.keys():
            rows = rows.live()
        asked = {name: value for name, value in self.data.items() if name.startswith(FAMILY)}
        if asked:
            rows = rows.filter(conditions(asked, user=self.user, project_id=self.project_id))
        return self._with_substring(self._with_words(rows, given), given)

    # What is asked for by one parameter

    def at_last(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep all: these take their turn when the others have kept what they keep."""
        return rows

    def in_split(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Keep what is in one of the splits."""
        return rows.filter(split__in=["" if one == NONE else one for one in value])

    def in_language(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Keep what is in one of the languages."""
        return rows.filter(language__in=["" if one == NONE else one for one in value])

    def with_tags(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Keep what has all of the tags."""
        return rows.filter(tags__contains=value)

    def with_any_tag(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Keep what has one of the tags."""
        return rows.filter(tags__overlap=value)

    def is_duplicate(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep what has the content of an earlier document, or what has not."""
        return rows.filter(duplicate_of__isnull=not value)

    def in_bin(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep the documents that can be restored, or those that are not deleted."""
        rows = rows.filter(erased_at=None)
        return rows.exclude(deleted_at=None) if value else rows.filter(deleted_at=None)

    def gone(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep what is left of erased documents, or those that are not even deleted."""
        return rows.exclude(erased_at=None) if value else rows.filter(deleted_at=None)

    # What is asked for by several, or by a saved filter

    def _with_words(self, rows: QuerySet[Any], given: Mapping[str, Any]) -> QuerySet[Any]:
        text, language = given.get("search"), given.get("lang", "")
        if not text:
            if language:
                raise InvalidQuery("lang", "Says how to read `search`, which is not given.")
            return rows
        with _told_of("search"):
            found = search.read_search(text, project_id=self.project_id, language=language)
        self.searches.insert(0, found)  # before a saved one: the list is in its order
        return search.matching(rows, found)

    def _with_substring(self, rows: QuerySet[Any], given: Mapping[str, Any]) -> QuerySet[Any]:
        if not given.get("substring"):
            return rows
        with _told_of("substring"):
            found = search.read_substring(given["substring"])
            rows = search.containing(rows, found, self.project_id)
        self.searches.append(found)
        return rows

    def _saved(self, saved_id: UUID) -> SavedFilter:
        mine = SavedFilter.objects.visible_to(self.user).filter(project=self.project_id)
        saved: SavedFilter | None = mine.filter(pk=saved_id).first()
        if saved is None:
            raise InvalidQuery("filter", "No such saved filter in this project, or not for you.")
        return saved

    def _of_saved(self, rows: QuerySet[Any], saved: SavedFilter) -> QuerySet[Any]:
        """Keep what a saved filter keeps, which its project may have outgrown."""
        mine = self.of_query(saved.query, rows, request=self.request, project_id=self.project_id)
        try:
            kept = mine.rows()
        except (InvalidQuery, ValidationError) as error:
            raise InvalidQuery("filter", f"It fits no more: {error.detail}") from error
        self.searches = mine.searches
        return kept


@contextmanager
def _told_of(parameter: str) -> Iterator[None]:
    try:
        yield
    except search.Unsearchable as error:
        raise InvalidQuery(parameter, str(error)) from error
