from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from config.admin import bulk, pages
from documents.models import Document, Project, Revision, Role, Status
from documents.services.documents import upload_document
from tests.factories import DocumentFactory, ProjectFactory, UserFactory
from tests.staff import Staff, address_of, page
from users.models import Event

KIND = "documents_document"


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


@pytest.fixture
def viewer(project: Project) -> Staff:
    return Staff.of(project, Role.VIEWER)


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project, title="The letter")
    return made


@pytest.fixture
def uploaded(project: Project) -> Document:
    file = ContentFile(b"%PDF-1.7 broken", "letter.pdf")
    return upload_document(actor=UserFactory.create(), project=project, file=file)


def fail(document: Document, code: str, detail: str) -> Document:
    Document.objects.filter(pk=document.pk).update(
        status=Status.FAILED, error_code=code, error_detail=detail
    )
    return now(document)


def now(document: Document) -> Document:
    found: Document = Document.objects.get(pk=document.pk)
    return found


# Who sees what


def test_staff_see_the_documents_of_their_projects_alone(viewer: Staff, document: Document) -> None:
    foreign = DocumentFactory.create(title="Elsewhere")
    shown = viewer.list_of(KIND)
    assert ("The letter" in shown, "Elsewhere" in shown) == (True, False)
    assert viewer.get(page(foreign)).status_code == 404
    assert viewer.get(address_of(foreign, "history")).status_code == 404
    assert viewer.get(address_of(foreign, "source")).status_code == 404
    assert viewer.press(foreign, "delete").status_code == 404


def test_a_superuser_sees_all(document: Document) -> None:
    other = DocumentFactory.create(title="Elsewhere")
    boss = Staff.superuser()
    shown = boss.list_of(KIND)
    assert ("The letter" in shown, "Elsewhere" in shown) == (True, True)
    assert boss.page_of(other)


def test_a_list_offers_the_projects_that_one_sees(viewer: Staff, document: Document) -> None:
    foreign = DocumentFactory.create().project
    shown = viewer.list_of(KIND)
    assert (str(document.project_id) in shown, str(foreign.pk) in shown) == (True, False)


def test_the_query_count_of_the_list_does_not_grow(
    viewer: Staff, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    DocumentFactory.create_batch(2, project=project)
    with django_assert_num_queries(7):
        viewer.list_of(KIND)
    DocumentFactory.create_batch(18, project=project)
    with django_assert_num_queries(7):
        viewer.list_of(KIND)


def test_the_list_reads_no_text(viewer: Staff, document: Document) -> None:
    with CaptureQueriesContext(connection) as queries:
        viewer.list_of(KIND)
    asked = " ".join(query["sql"] for query in queries)
    assert '"documents_revision"."text"' not in asked
    assert '"documents_revision"."layout"' not in asked


def test_a_list_is_counted_up_to_a_limit(
    viewer: Staff, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "COUNTED", 2)
    DocumentFactory.create_batch(2, project=project)
    assert "The list ends at 2 rows." in viewer.list_of(KIND)
    monkeypatch.setattr(pages, "COUNTED", 3)
    assert "The list ends at" not in viewer.list_of(KIND)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=letter", True),
        ("?q=lette", True),
        ("?q=living+in+turin", True),
        ("?q=living+in+milan", False),
        ("?q=-%3E", False),
        ("?q=x-17", True),
        ("?q=x-1", False),
        ("?q=+", True),
        ("?status=ready", True),
        ("?status=failed", False),
        ("?status=nonsense", True),
        ("?split=", True),
        ("?split=test", False),
        ("?deleted=yes", False),
        ("?project=nonsense", True),
        ("?project=01980000-0000-7000-8000-000000000000", False),
        ("?p=1&q=%00", True),
    ],
)
def test_documents_are_found(viewer: Staff, project: Project, query: str, found: bool) -> None:
    DocumentFactory.create(project=project, title="The letter", external_id="x-17")
    assert ("The letter" in viewer.list_of(KIND, query)) is found


def test_documents_are_found_by_id_hash_and_project(viewer: Staff, document: Document) -> None:
    for query in (f"q={document.pk}", f"q={document.sha256}", f"project={document.project_id}"):
        assert "The letter" in viewer.list_of(KIND, f"?{query}")


@pytest.mark.parametrize(
    "query", ["?metadata__x=1", "?project__memberships__role=manager", "?id=1"]
)
def test_no_column_can_be_asked_by_its_name(viewer: Staff, query: str) -> None:
    assert viewer.get(reverse(f"admin:{KIND}_changelist") + query).status_code == 400


# The page


def test_the_page_tells_why_processing_failed(viewer: Staff, document: Document) -> None:
    failed = fail(document, "pdf_encrypted", "Asked for an owner's password.")
    shown = viewer.page_of(failed)
    assert "pdf_encrypted" in shown
    assert "The PDF cannot be opened without its password." in shown
    assert "Asked for an owner&#x27;s password." in shown


def test_a_detail_that_says_the_same_is_not_repeated(viewer: Staff, document: Document) -> None:
    text = "The file has no bytes."
    page_text = viewer.page_of(fail(document, "empty_file", text))
    assert f"<code>empty_file</code> {text}</p>" in page_text


def test_a_code_of_no_parser_has_its_detail(viewer: Staff, document: Document) -> None:
    shown = viewer.page_of(fail(document, "worker_lost", "Every worker was lost."))
    assert "<code>worker_lost</code> Every worker was lost." in shown


def test_the_page_tells_of_the_text_and_its_pages(viewer: Staff, document: Document) -> None:
    Revision.objects.filter(document=document).update(
        layout={"pages": [[0, 10], [10, 20]], "blocks": []}, notes=["1 NUL replaced"]
    )
    Document.objects.filter(pk=document.pk).update(tags=["old", "blue"], metadata={"shelf": "ä"})
    shown = viewer.page_of(document)
    assert "1 NUL replaced" in shown
    assert "old, blue" in shown
    assert "&quot;shelf&quot;: &quot;ä&quot;" in shown
    assert 'id="page-2" data-page="Page 2"' in shown
    assert 'href="#page-2"' in shown


def test_markup_in_a_document_is_shown_not_run(viewer: Staff, project: Project) -> None:
    nasty = "<script>alert(1)</script>"
    document = DocumentFactory.create(project=project, title=nasty, text=nasty)
    for shown in (viewer.page_of(document), viewer.list_of(KIND)):
        assert nasty not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_document_on_its_way_is_shown_without_a_text(viewer: Staff, uploaded: Document) -> None:
    shown = viewer.page_of(uploaded)
    assert "badge-pending" in shown
    assert 'id="text"' not in shown


# The file


def test_the_source_is_downloaded_as_an_attachment(viewer: Staff, uploaded: Document) -> None:
    address = address_of(uploaded, "source")
    assert f'href="{address}"' in viewer.page_of(uploaded)
    response = viewer.get(address)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 broken"
    assert response["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_missing_source_is_told(viewer: Staff, document: Document) -> None:
    assert "Made from a text, without a file." in viewer.page_of(document)
    response = viewer.get(address_of(document, "source"))
    assert "Its text is all there is." in viewer.messages_after(response)[0]


def test_a_lost_source_is_told(viewer: Staff, uploaded: Document) -> None:
    Path(uploaded.source.path).unlink()
    response = viewer.get(address_of(uploaded, "source"))
    assert "backup" in viewer.messages_after(response)[0]


# Steps


def test_a_manager_deletes_and_restores(manager: Staff, document: Document) -> None:
    told = manager.step(document, "delete")
    assert told == ["The letter: deleted; it can be restored from the bin."]
    assert now(document).deleted_at is not None
    assert "The letter" not in manager.list_of(KIND)
    assert "The letter" in manager.list_of(KIND, "?deleted=yes")
    assert "badge-deleted" in manager.page_of(document)
    assert manager.step(now(document), "restore") == ["The letter: restored."]
    assert now(document).deleted_at is None
    actions = Event.objects.filter(target_id=document.pk).values_list("action", "actor")
    assert list(actions.order_by("id"))[1:] == [
        ("document.deleted", manager.user.pk),
        ("document.restored", manager.user.pk),
    ]


def test_a_failed_document_is_processed_again(
    manager: Staff, uploaded: Document, working: Callable[[], Any]
) -> None:
    failed = fail(uploaded, "pdf_broken", "Damaged.")
    with working():
        told = manager.step(failed, "reprocess")
    assert told == ["letter.pdf: on its way to a worker."]
    assert now(uploaded).status in {Status.FAILED, Status.READY}
    assert now(uploaded).attempts == 1


def test_steps_are_offered_where_they_make_sense(
    manager: Staff, document: Document, uploaded: Document
) -> None:
    assert "Process again" not in manager.page_of(document)
    assert "Process again" not in manager.page_of(uploaded)
    assert "Process again" in manager.page_of(fail(uploaded, "pdf_broken", "Damaged."))
    assert "Restore" not in manager.page_of(document)


def test_a_refusal_of_the_service_is_told(manager: Staff, uploaded: Document) -> None:
    told = manager.step(uploaded, "reprocess")
    assert told == ["A worker has the document at hand. Its status is pending."]


def test_curators_are_offered_no_step_of_managers(project: Project, document: Document) -> None:
    curator = Staff.of(project, Role.CURATOR)
    assert "Delete</button>" not in curator.page_of(document)
    assert curator.press(document, "delete").status_code == 403
    assert "Delete…" not in curator.list_of(KIND)
    assert now(document).deleted_at is None


def test_a_stale_page_deletes_nothing(manager: Staff, document: Document) -> None:
    stale = now(document)
    now(document).save_new_version()
    assert manager.step(stale, "delete") == [
        "It changed after this page was loaded, so nothing was done. Look again, then decide."
    ]
    assert now(document).deleted_at is None


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 30, "\x00"])
def test_a_step_without_a_version_does_nothing(
    manager: Staff, document: Document, version: str
) -> None:
    assert len(manager.step(document, "delete", version=version)) == 1
    assert now(document).deleted_at is None


def test_a_step_is_no_address_to_visit(manager: Staff, document: Document) -> None:
    response = manager.get(address_of(document, "delete"))
    assert (response.status_code, response.url) == (302, page(document))
    assert now(document).deleted_at is None


def test_a_step_needs_the_pages_own_token(manager: Staff, document: Document) -> None:
    manager.http.handler.enforce_csrf_checks = True
    assert manager.press(document, "delete").status_code == 403
    assert now(document).deleted_at is None


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example", "//elsewhere.example", "javascript:alert(1)", ""]
)
def test_a_step_leads_back_within_the_site(manager: Staff, document: Document, back: str) -> None:
    assert manager.press(document, "delete", back=back).url == page(document)


def test_a_step_leads_back_to_where_it_was_taken(manager: Staff, document: Document) -> None:
    back = reverse("admin:index")
    assert manager.press(document, "delete", back=back).url == back


# Many at once


def test_documents_are_deleted_many_at_once_after_asking(manager: Staff, project: Project) -> None:
    documents = DocumentFactory.create_batch(3, project=project)
    asked = manager.choose(KIND, "delete", *documents).content.decode()
    assert "Delete: 3" in asked
    assert Document.objects.live().count() == 3
    told = manager.confirm(KIND, "delete", *documents)
    assert told == ["3 documents: deleted; it can be restored from the bin."]
    assert Document.objects.live().count() == 0


def test_what_changed_since_asking_is_left_alone(manager: Staff, project: Project) -> None:
    fresh, stale = DocumentFactory.create_batch(2, project=project)
    asked = now(stale)
    now(stale).save_new_version()
    told = manager.confirm(KIND, "delete", fresh, asked)
    assert told[0].startswith("1 documents: deleted")
    assert told[1].endswith("so nothing was done. Look again, then decide.")
    assert (now(fresh).deleted_at is None, now(stale).deleted_at is None) == (False, True)


def test_what_was_not_shown_when_asking_is_left_alone(manager: Staff, document: Document) -> None:
    [told] = manager.confirm(KIND, "delete", document, seen="nonsense")
    assert told.endswith("so nothing was done. Look again, then decide.")
    assert now(document).deleted_at is None


def test_what_has_left_the_list_is_told(manager: Staff, project: Project) -> None:
    kept, gone = DocumentFactory.create_batch(2, project=project)
    manager.step(gone, "delete")
    told = manager.confirm(KIND, "delete", kept, gone)
    assert told[1:] == ["1 are no longer in this list, so nothing was done to them."]


def test_of_many_refusals_the_first_are_told(manager: Staff, project: Project) -> None:
    documents = DocumentFactory.create_batch(12, project=project)
    told = manager.confirm(KIND, "reprocess", *documents)
    assert len(told) == 11
    assert "There is no file to extract a text from." in told[0]
    assert told[-1] == "2 more could not be done."


def test_foreign_documents_are_deleted_by_no_action(manager: Staff) -> None:
    foreign = DocumentFactory.create()
    told = manager.confirm(KIND, "delete", foreign)
    assert told == ["1 are no longer in this list, so nothing was done to them."]
    assert now(foreign).deleted_at is None


def test_an_action_holds_the_role_against_each_projects(manager: Staff, project: Project) -> None:
    elsewhere = ProjectFactory.create()
    elsewhere.memberships.create(user=manager.user, role=Role.VIEWER)
    foreign = DocumentFactory.create(project=elsewhere, title="Not yours")
    told = manager.confirm(KIND, "delete", foreign)
    assert told == ["Not yours: You may not do this."]
    assert now(foreign).deleted_at is None


def test_too_many_are_refused(
    manager: Staff, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    documents = DocumentFactory.create_batch(2, project=project)
    told = manager.messages_after(manager.choose(KIND, "delete", *documents))
    assert told == ["Select at most 1 at once."]


def test_a_selection_of_nonsense_is_told(manager: Staff, document: Document) -> None:
    sent = {"action": "delete", "_selected_action": ["nonsense"]}
    response = manager.http.post(reverse(f"admin:{KIND}_changelist"), sent)
    assert manager.messages_after(response) == ["Select again, please."]


def test_viewers_have_no_actions(viewer: Staff, document: Document) -> None:
    assert 'name="action"' not in viewer.list_of(KIND)
    response = viewer.choose(KIND, "delete", document, confirmed="yes", seen=f"{document.pk}:1")
    assert response.status_code == 200
    assert now(document).deleted_at is None


# The home page


def test_the_home_page_counts_the_failed_documents(
    viewer: Staff, document: Document, uploaded: Document
) -> None:
    fail(uploaded, "pdf_broken", "Damaged.")
    fail(DocumentFactory.create(), "pdf_broken", "Damaged elsewhere.")
    home = viewer.get(reverse("admin:index")).context["awaiting"]
    [failed] = [waiting for waiting in home if waiting.text == "documents failed"]
    assert failed.count == "1"
    listed = viewer.get(failed.url).content.decode()
    assert ("letter.pdf" in listed, "The letter" in listed) == (True, False)


def test_large_counts_are_capped(project: Project) -> None:
    DocumentFactory.create_batch(3, project=project)
    assert pages.capped_count(Document.objects.all(), most=2) == "2+"
    assert pages.capped_count(Document.objects.all(), most=3) == "3"
