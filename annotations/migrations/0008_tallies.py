"""Sets are counted by state and author, and documents that have any, as they change.

Neither documents nor sets are ever taken out of their tables, so nothing tells of that. A document
counts as annotated from its first set on: of two that come at once, the database lets one be it.
What there is already is counted while nobody writes sets, some seconds for a million.
"""

import django.db.models.deletion
from django.db import migrations, models

SETS = """
CREATE FUNCTION annotations_tally_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO documents_tally (project_id, what, value, author_id, change)
    SELECT added.project_id, 'set', added.state, added.author_id, count(*)
    FROM added JOIN documents_document AS document ON document.id = added.document_id
    WHERE document.deleted_at IS NULL GROUP BY added.project_id, added.state, added.author_id;
    WITH first AS (
        INSERT INTO annotations_annotateddocument (document_id)
        SELECT DISTINCT document_id FROM added ORDER BY document_id
        ON CONFLICT DO NOTHING RETURNING document_id
    )
    INSERT INTO documents_tally (project_id, what, value, change)
    SELECT document.project_id, 'annotated', '', count(*)
    FROM first JOIN documents_document AS document ON document.id = first.document_id
    WHERE document.deleted_at IS NULL GROUP BY document.project_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_added AFTER INSERT ON annotations_annotationset
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION annotations_tally_added();

CREATE FUNCTION annotations_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO documents_tally (project_id, what, value, author_id, change)
    SELECT NEW.project_id, 'set', told.state, told.author_id, told.change
    FROM (VALUES (OLD.state, OLD.author_id, -1), (NEW.state, NEW.author_id, 1))
         AS told(state, author_id, change)
    JOIN documents_document AS document ON document.id = NEW.document_id
    WHERE document.deleted_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_changed AFTER UPDATE ON annotations_annotationset
    FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.author_id <> NEW.author_id)
    EXECUTE FUNCTION annotations_tally_changed();

CREATE FUNCTION annotations_tally_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign int := CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO documents_tally (project_id, what, value, author_id, change)
    SELECT NEW.project_id, 'set', kept.state, kept.author_id, sign * count(*)
    FROM annotations_annotationset AS kept
    WHERE kept.document_id = NEW.id GROUP BY kept.state, kept.author_id;
    INSERT INTO documents_tally (project_id, what, value, change)
    SELECT NEW.project_id, 'annotated', '', sign
    FROM annotations_annotateddocument WHERE document_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_deleted AFTER UPDATE ON documents_document
    FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION annotations_tally_deleted();

INSERT INTO annotations_annotateddocument (document_id)
SELECT DISTINCT document_id FROM annotations_annotationset;
INSERT INTO documents_tally (project_id, what, value, author_id, change)
SELECT kept.project_id, 'set', kept.state, kept.author_id, count(*)
FROM annotations_annotationset AS kept JOIN documents_document AS document
  ON document.id = kept.document_id
WHERE document.deleted_at IS NULL GROUP BY kept.project_id, kept.state, kept.author_id;
INSERT INTO documents_tally (project_id, what, value, change)
SELECT document.project_id, 'annotated', '', count(*)
FROM annotations_annotateddocument AS annotated JOIN documents_document AS document
  ON document.id = annotated.document_id
WHERE document.deleted_at IS NULL GROUP BY document.project_id;
"""
NONE = """
DROP TRIGGER tally_deleted ON documents_document;
DROP TRIGGER tally_changed ON annotations_annotationset;
DROP TRIGGER tally_added ON annotations_annotationset;
DROP FUNCTION annotations_tally_deleted();
DROP FUNCTION annotations_tally_changed();
DROP FUNCTION annotations_tally_added();
"""


class Migration(migrations.Migration):
    dependencies = [
        ('annotations', '0007_present_annotations'),
        ('documents', '0017_tallies'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnnotatedDocument',
            fields=[
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='documents.document')),
            ],
        ),
        migrations.RunSQL(SETS, NONE),
    ]
