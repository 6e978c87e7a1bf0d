"""Documents are counted by status as they change: progress costs the same in any project.

What there is already is counted while nobody writes documents, some seconds for a million.
"""

from django.db import migrations, models

DOCUMENTS = """
CREATE FUNCTION documents_tally_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO documents_tally (project_id, what, value, change)
    SELECT project_id, 'document', status, count(*) FROM added
    WHERE deleted_at IS NULL GROUP BY project_id, status;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_added AFTER INSERT ON documents_document
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION documents_tally_added();

CREATE FUNCTION documents_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO documents_tally (project_id, what, value, change)
    SELECT told.project_id, 'document', told.status, told.change
    FROM (VALUES (OLD.project_id, OLD.status, -1, OLD.deleted_at),
                 (NEW.project_id, NEW.status, 1, NEW.deleted_at))
         AS told(project_id, status, change, deleted_at)
    WHERE told.deleted_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_changed AFTER UPDATE ON documents_document
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION documents_tally_changed();

INSERT INTO documents_tally (project_id, what, value, change)
SELECT project_id, 'document', status, count(*) FROM documents_document
WHERE deleted_at IS NULL GROUP BY project_id, status;
"""
NONE = """
DROP TRIGGER tally_changed ON documents_document;
DROP TRIGGER tally_added ON documents_document;
DROP FUNCTION documents_tally_changed();
DROP FUNCTION documents_tally_added();
"""


class Migration(migrations.Migration):
    dependencies = [
        ('documents', '0016_search_queue'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('project_id', models.UUIDField()),
                ('what', models.CharField(max_length=10)),
                ('value', models.CharField(max_length=20)),
                ('author_id', models.UUIDField(null=True)),
                ('change', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['project_id'], name='tally_of_project')],
            },
        ),
        migrations.RunSQL(DOCUMENTS, NONE),
    ]
