"""Schemas with versions, relations, discontinuous spans, regions, attributes, models and gold."""

import annotations.models.annotation
import django.contrib.postgres.constraints
import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


EXTENT = """
CREATE FUNCTION annotation_extent("start" integer, "end" integer, fragments jsonb)
RETURNS int4multirange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN fragments IS NULL THEN int4multirange(int4range("start", "end"))
  ELSE (SELECT range_agg(int4range((one->>0)::integer, (one->>1)::integer))
        FROM jsonb_array_elements(fragments) AS one) END
$$
"""
# What is there becomes the first version of each project's schema, to which all annotations point.
FIRST_VERSIONS = """
INSERT INTO annotations_schemaversion (project_id, number, labels, created_at)
SELECT project_id, 1, jsonb_agg(jsonb_build_object(
    'id', id, 'kind', kind, 'name', name, 'color', color, 'shortcut', shortcut,
    'description', description, 'position', "position", 'parent_id', parent_id,
    'attribute_schema', attribute_schema, 'joins', joins, 'archived', archived_at IS NOT NULL
  ) ORDER BY "position", id), now()
FROM annotations_label GROUP BY project_id;
UPDATE annotations_annotation AS one SET schema_version_id = first.id
FROM annotations_schemaversion AS first WHERE first.project_id = one.project_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0003_anchoring'),
        ('documents', '0012_overlap_and_relabelling'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(EXTENT, "DROP FUNCTION annotation_extent"),
        migrations.CreateModel(
            name='ModelRun',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=200)),
                ('model_version', models.CharField(blank=True, max_length=100)),
                ('parameters', models.JSONField(blank=True, default=dict)),
                ('description', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Relation',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('attributes', models.JSONField(default=dict)),
                ('body', models.TextField(blank=True, help_text='Free text: a note, an answer.')),
                ('confidence', models.FloatField(null=True)),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SchemaVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('labels', models.JSONField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='annotation',
            name='annotation_document_label_once_per_set',
        ),
        migrations.RemoveConstraint(
            model_name='annotationset',
            name='annotation_set_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='label',
            name='label_kind_known',
        ),
        migrations.AddField(
            model_name='annotation',
            name='attributes',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='annotation',
            name='boxes',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='annotation',
            name='derived_from',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.annotation'),
        ),
        migrations.AddField(
            model_name='annotation',
            name='exclusive',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='annotation',
            name='fragments',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='annotation',
            name='page',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='label',
            name='attribute_schema',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='label',
            name='joins',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='label',
            name='merged_into',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.label'),
        ),
        migrations.AddField(
            model_name='label',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='annotations.label'),
        ),
        migrations.AlterField(
            model_name='annotation',
            name='annotation_set',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to='annotations.annotationset'),
        ),
        migrations.AlterField(
            model_name='annotation',
            name='document',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to='documents.document'),
        ),
        migrations.AlterField(
            model_name='annotation',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.project'),
        ),
        migrations.AlterField(
            model_name='annotation',
            name='revision',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to='documents.revision'),
        ),
        migrations.AlterField(
            model_name='annotationset',
            name='kind',
            field=models.CharField(choices=[('annotator', 'Annotator'), ('import', 'Import'), ('model', 'Model'), ('gold', 'Gold')], default='annotator', max_length=20),
        ),
        migrations.AlterField(
            model_name='label',
            name='kind',
            field=models.CharField(choices=[('span', 'Span'), ('document', 'Document'), ('relation', 'Relation'), ('region', 'Region')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['span', 'document', 'relation', 'region'])), name='label_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='label_is_not_its_parent'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('joins', []), ('kind', 'relation'), _connector='OR'), name='label_joins_is_of_relations'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', None), ('archived_at__isnull', False), _connector='OR'), name='label_merged_is_archived'),
        ),
        migrations.AddField(
            model_name='modelrun',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='modelrun',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='model_runs', to='documents.project'),
        ),
        migrations.AddField(
            model_name='annotationset',
            name='model_run',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annotation_sets', to='annotations.modelrun'),
        ),
        migrations.AddConstraint(
            model_name='annotationset',
            constraint=models.UniqueConstraint(fields=('revision', 'model_run'), name='annotation_set_one_per_model_run'),
        ),
        migrations.AddConstraint(
            model_name='annotationset',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'gold')), fields=('revision',), name='annotation_set_one_gold_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='annotationset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'model'), ('model_run__isnull', False)), models.Q(models.Q(('kind', 'model'), _negated=True), ('model_run', None)), _connector='OR'), name='annotation_set_of_a_model_has_its_run'),
        ),
        migrations.AddConstraint(
            model_name='annotationset',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['annotator', 'import', 'model', 'gold'])), name='annotation_set_kind_known'),
        ),
        migrations.AddField(
            model_name='relation',
            name='annotation_set',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='relations', to='annotations.annotationset'),
        ),
        migrations.AddField(
            model_name='relation',
            name='author',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='relation',
            name='document',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='relations', to='documents.document'),
        ),
        migrations.AddField(
            model_name='relation',
            name='label',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relations', to='annotations.label'),
        ),
        migrations.AddField(
            model_name='relation',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.project'),
        ),
        migrations.AddField(
            model_name='relation',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relations_out', to='annotations.annotation'),
        ),
        migrations.AddField(
            model_name='relation',
            name='target',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relations_in', to='annotations.annotation'),
        ),
        migrations.AddField(
            model_name='schemaversion',
            name='author',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='schemaversion',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schema_versions', to='documents.project'),
        ),
        migrations.AddField(
            model_name='relation',
            name='schema_version',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.schemaversion'),
        ),
        migrations.AddField(
            model_name='annotation',
            name='schema_version',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.schemaversion'),
        ),
        migrations.RunSQL(FIRST_VERSIONS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='annotation',
            name='schema_version',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.schemaversion'),
        ),
        migrations.AddIndex(
            model_name='annotation',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('attributes', 'jsonb_path_ops'), condition=models.Q(('attributes', {}), _negated=True), name='annotation_by_attribute'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.CheckConstraint(condition=models.Q(('fragments__isnull', True), ('start__isnull', False), _connector='OR'), name='annotation_fragments_are_of_a_span'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('boxes__isnull', True), ('page', None)), models.Q(('boxes__isnull', False), ('page__isnull', False), ('start', None)), _connector='OR'), name='annotation_region_has_boxes_and_no_span'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('deleted_at', None), ('exclusive', True), ('start__isnull', False), models.Q(('anchoring', 'lost'), _negated=True)), deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('annotation_set', '='), (annotations.models.annotation.Extent('start', 'end', 'fragments'), '&&')], name='annotation_exclusive_do_not_overlap'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None), ('page', None), ('start', None)), fields=('annotation_set', 'label'), name='annotation_document_label_once_per_set'),
        ),
        migrations.AddIndex(
            model_name='modelrun',
            index=models.Index(fields=['project', 'id'], name='model_run_of_project'),
        ),
        migrations.AddConstraint(
            model_name='schemaversion',
            constraint=models.UniqueConstraint(fields=('project', 'number'), name='schema_version_number_unique_in_project'),
        ),
        migrations.AddIndex(
            model_name='relation',
            index=models.Index(fields=['document', 'id'], name='relation_of_document'),
        ),
        migrations.AddIndex(
            model_name='relation',
            index=models.Index(fields=['annotation_set', 'id'], name='relation_of_set'),
        ),
        migrations.AddIndex(
            model_name='relation',
            index=models.Index(fields=['project', 'label', 'id'], name='relation_by_label'),
        ),
        migrations.AddConstraint(
            model_name='relation',
            constraint=models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='relation_joins_two_annotations'),
        ),
        migrations.AddConstraint(
            model_name='relation',
            constraint=models.CheckConstraint(condition=models.Q(('confidence', None), models.Q(('confidence__gte', 0), ('confidence__lte', 1)), _connector='OR'), name='relation_confidence_from_0_to_1'),
        ),
        migrations.AddConstraint(
            model_name='relation',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None)), fields=('source', 'target', 'label'), name='relation_once_between_two'),
        ),
    ]
