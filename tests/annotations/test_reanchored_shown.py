"""Exports and admin pages show what was moved where it is now, and what was lost apart."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.models import AnnotationSet, Label
from annotations.services import exports
from documents import pipeline
from documents.models import Document, Job, Project, Revision
from documents.services.documents import upload_document
from documents.usage import used_by
from tests.annotations.erasing import MARK, erase, traces
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.staff import Staff

Do = Callable[..., Any]
TEXT = "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë."


@pytest.fixture
def correct(document: Document, manager: Client) -> Do:
    """Return a function that gives the document another text; it returns the job."""

    def send(text: str) -> Job:
        answer = manager.post(f"/documents/{document.pk}/revisions", {"text": text})
        assert answer.status_code == 201, answer.content
        return Job.objects.latest("id")

    return send


def export(client: Client, project: Project, query: str = "") -> Any:
    response = client.get(f"/projects/{project.pk}/export{query}")
    [line] = response.getvalue().decode().splitlines()
    return json.loads(line)


def test_an_export_tells_how_each_was_found(
    annotator: Client, said: Do, correct: Do, project: Project, topic: Label
) -> None:
    said(annotator, start=22, end=27)
    said(annotator, start=29, end=32)
    said(annotator, label=topic.pk, start=..., end=...)
    work_on(correct(TEXT.replace("Turin", "Torino").replace(" 👩‍🔬", "")))
    record = export(annotator, project)
    [one] = record["annotation_sets"]
    found, whole = one["annotations"]
    assert [found[name] for name in ("start", "end", "quote")] == [22, 28, "Torino"]
    assert found["anchoring"] == "fuzzy"
    assert 0.5 < found["anchor_confidence"] < 1
    assert whole.keys().isdisjoint({"anchoring", "anchor_confidence", "start"})
    [lost] = one["lost"]
    assert [lost[name] for name in ("start", "end", "quote")] == [29, 32, "👩‍🔬"]
    assert (lost["anchoring"], lost["anchor_confidence"]) == ("lost", None)
    former = Revision.objects.get(number=1)
    told = {"id": str(former.pk), "number": 1, "sha256": former.sha256}
    assert (lost["revision"], record["revision"]["number"]) == (told, 2)
    [one] = export(annotator, project, "?offset_unit=utf16")["annotation_sets"]
    assert [one["lost"][0][name] for name in ("start", "end")] == [29, 34]


def test_an_export_has_what_is_on_its_way_with_its_own_text(
    annotator: Client, said: Do, correct: Do, project: Project
) -> None:
    said(annotator)
    job = correct("Yes: " + TEXT)
    for number, start in ((1, 0), (2, 5)):
        record = export(annotator, project)
        [one] = record["annotation_sets"][0]["annotations"]
        assert record["revision"]["number"] == number
        assert (one["start"], record["text"][one["start"] : one["end"]]) == (start, "Ada")
        work_on(job)


def test_an_export_never_mixes_two_texts(
    annotator: Client,
    said: Do,
    correct: Do,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said(annotator)
    job, read = correct("Yes: " + TEXT), exports._in_sets

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(exports, "_in_sets", read)
        work_on(job)
        return read(*given)

    monkeypatch.setattr(exports, "_in_sets", meanwhile)
    record = export(annotator, project)
    [one] = record["annotation_sets"][0]["annotations"]
    assert record["text"][one["start"] : one["end"]] == "Ada"


def marks(shown: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", shown)


def test_pages_draw_what_was_found_and_tell_what_was_lost(
    annotator: Client, said: Do, correct: Do, project: Project, document: Document
) -> None:
    found, lost = said(annotator), said(annotator, start=29, end=32)
    work_on(correct(TEXT.replace(" 👩‍🔬", "")))
    curator = Staff.of(project, "curator")
    shown = curator.page_of(document)
    assert marks(shown) == ["Ada"]
    told = shown[shown.index("Lost anchors") :]
    assert "characters 29 to 32 of revision 1" in told
    assert f"/admin/annotations/annotation/{lost['id']}/change/" in told
    assert f"/annotation/{found['id']}/change/" not in told
    chosen = curator.page_of(document, f"?set={AnnotationSet.objects.get().pk}")
    assert marks(chosen) == ["Ada"]
    assert "Lost anchors" in chosen


def test_a_page_without_losses_tells_of_none(
    annotator: Client, said: Do, project: Project, document: Document
) -> None:
    said(annotator)
    assert "Lost anchors" not in Staff.of(project, "curator").page_of(document)


def test_the_page_of_an_annotation_tells_how_it_was_found(
    annotator: Client, said: Do, correct: Do, project: Project
) -> None:
    said(annotator)
    said(annotator, start=29, end=32)
    work_on(correct("So: " + TEXT.replace(" 👩‍🔬", "")))
    found, lost = AnnotationSet.objects.get().annotations.order_by("id")
    curator = Staff.of(project, "curator")
    shown = curator.page_of(found)
    assert "characters 4 to 7" in shown
    assert "at the same place of a new text (" in shown
    assert "% sure)" in shown
    shown = curator.page_of(lost)
    assert "characters 29 to 32 of revision 1" in shown
    assert "not in the present text" in shown
    listed = curator.list_of("annotations_annotation", "?anchoring=lost")
    assert str(lost.pk) in listed
    assert str(found.pk) not in listed


def test_an_erasure_takes_former_files_too(manager: Client, project: Project) -> None:
    file = ContentFile(MARK.encode(), "a.txt")
    document = upload_document(actor=manager.person, project=project, file=file)
    pipeline.process(str(document.pk))
    other = SimpleUploadedFile("b.txt", b"Eve.")
    path = f"/documents/{document.pk}/revisions"
    assert manager.upload(path, file=other).status_code == 202
    pipeline.process(str(document.pk))
    assert traces()
    assert used_by(project).bytes == 2 * len(MARK) + 2 * len("Eve.")
    erase(manager, document)
    assert traces() == {}
    assert used_by(project) == (0, 0)
