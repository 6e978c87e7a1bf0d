"""Jobs, resumable uploads, search, declared metadata, duplicates, quotas, final erasure."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import documents.models.job
import uuid_utils.compat
from django.conf import settings
from django.contrib.postgres.operations import (
    BtreeGinExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0005_ascii_emails'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        BtreeGinExtension(),
        migrations.CreateModel(
            name='Fingerprint',
            fields=[
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='fingerprint', serialize=False, to='documents.document')),
                ('signature', models.BinaryField()),
                ('bands', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('kind', models.CharField(choices=[('import', 'Import'), ('reanchoring', 'Reanchoring'), ('near_duplicates', 'Near Duplicates'), ('erasure', 'Erasure')], editable=False, max_length=30)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', editable=False, max_length=20)),
                ('parameters', models.JSONField(default=dict, editable=False)),
                ('cursor', models.JSONField(default=dict, editable=False)),
                ('done', models.PositiveBigIntegerField(default=0, editable=False)),
                ('total', models.PositiveBigIntegerField(editable=False, null=True)),
                ('counts', models.JSONField(default=dict, editable=False)),
                ('error_code', models.CharField(blank=True, editable=False, max_length=40)),
                ('error_detail', models.TextField(blank=True, editable=False)),
                ('source', models.FileField(editable=False, null=True, upload_to=documents.models.job.job_path)),
                ('source_name', models.CharField(blank=True, editable=False, max_length=255)),
                ('source_size', models.PositiveBigIntegerField(default=0, editable=False)),
                ('result', models.FileField(editable=False, null=True, upload_to=documents.models.job.job_path)),
                ('result_name', models.CharField(blank=True, editable=False, max_length=255)),
                ('cancel_requested_at', models.DateTimeField(editable=False, null=True)),
                ('started_at', models.DateTimeField(editable=False, null=True)),
                ('finished_at', models.DateTimeField(editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False, help_text='Turns in a row that ended without a step forward.')),
                ('lease_id', models.UUIDField(editable=False, null=True)),
                ('lease_expires_at', models.DateTimeField(editable=False, null=True)),
                ('announced_at', models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='JobError',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.PositiveBigIntegerField(null=True)),
                ('entry', models.CharField(blank=True, max_length=1000)),
                ('field', models.CharField(blank=True, max_length=255)),
                ('code', models.CharField(max_length=40)),
                ('detail', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='MetadataField',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('type', models.CharField(choices=[('keyword', 'Keyword'), ('number', 'Number'), ('datetime', 'Datetime'), ('boolean', 'Boolean')], max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name='MetadataValue',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.FloatField(null=True)),
                ('moment', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=200)),
                ('query', models.JSONField(default=dict)),
                ('is_shared', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_entry', serialize=False, to='documents.document')),
                ('configuration', models.CharField(max_length=63)),
                ('words', django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(blank=True, max_length=255)),
                ('length', models.PositiveBigIntegerField()),
                ('offset', models.PositiveBigIntegerField(default=0)),
                ('pieces', models.JSONField(default=list, help_text='Storage names, in order.')),
                ('expires_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Usage',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='usage', serialize=False, to='documents.project')),
                ('documents', models.PositiveBigIntegerField(default=0)),
                ('bytes', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='document',
            name='content_key',
            field=models.CharField(editable=False, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='document',
            name='duplicate_of',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duplicates', to='documents.document'),
        ),
        migrations.AddField(
            model_name='document',
            name='erased_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='document',
            name='extraction_options',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='progress_done',
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='document',
            name='progress_total',
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='duplicates',
            field=models.CharField(choices=[('allow', 'Allow'), ('link', 'Link'), ('refuse', 'Refuse')], default='link', help_text='What happens to a document with the very content of another one.', max_length=10),
        ),
        migrations.AddField(
            model_name='project',
            name='max_bytes',
            field=models.PositiveBigIntegerField(blank=True, help_text='Of files and texts. Empty: as many as the site allows.', null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='max_documents',
            field=models.PositiveBigIntegerField(blank=True, help_text='Empty: as many as the site allows.', null=True),
        ),
        migrations.AddIndex(
            model_name='document',
            index=django.contrib.postgres.indexes.GinIndex(fields=['metadata'], name='document_by_metadata', opclasses=['jsonb_path_ops']),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None)), fields=('project', 'content_key'), name='document_content_unique_in_project'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at', None), ('deleted_at__isnull', False), _connector='OR'), name='document_erased_is_deleted'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('duplicates__in', ['allow', 'link', 'refuse'])), name='project_duplicates_known'),
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.project'),
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.revision'),
        ),
        migrations.AddField(
            model_name='job',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='job',
            name='document',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='documents.document'),
        ),
        migrations.AddField(
            model_name='job',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='documents.project'),
        ),
        migrations.AddField(
            model_name='joberror',
            name='job',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='errors', to='documents.job'),
        ),
        migrations.AddField(
            model_name='metadatafield',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='metadata_fields', to='documents.project'),
        ),
        migrations.AddField(
            model_name='metadatavalue',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.document'),
        ),
        migrations.AddField(
            model_name='metadatavalue',
            name='field',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.metadatafield'),
        ),
        migrations.AddField(
            model_name='savedfilter',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='savedfilter',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='saved_filters', to='documents.project'),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.project'),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.revision'),
        ),
        migrations.AddField(
            model_name='upload',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='upload',
            name='document',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='documents.document'),
        ),
        migrations.AddField(
            model_name='upload',
            name='job',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='documents.job'),
        ),
        migrations.AddField(
            model_name='upload',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='documents.project'),
        ),
        migrations.AddIndex(
            model_name='fingerprint',
            index=django.contrib.postgres.indexes.GinIndex(fields=['bands'], name='fingerprint_by_band'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['project', 'id'], name='job_of_project'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['project', 'state', 'id'], name='job_by_state'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'running'])), fields=['announced_at'], name='job_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['import', 'reanchoring', 'near_duplicates', 'erasure'])), name='job_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'running', 'succeeded', 'failed', 'cancelled'])), name='job_state_known'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error_code', ''), _negated=True), _connector='OR'), name='job_failed_has_error_code'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(condition=models.Q(('document__isnull', False), ('state__in', ['pending', 'running'])), fields=('document', 'kind'), name='job_one_of_a_kind_at_work_on_a_document'),
        ),
        migrations.AddIndex(
            model_name='joberror',
            index=models.Index(fields=['job', 'id'], name='job_error_of_job'),
        ),
        migrations.AddConstraint(
            model_name='metadatafield',
            constraint=models.UniqueConstraint(fields=('project', 'name'), name='metadata_field_once_per_project'),
        ),
        migrations.AddConstraint(
            model_name='metadatafield',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ['keyword', 'number', 'datetime', 'boolean'])), name='metadata_field_type_known'),
        ),
        migrations.AddIndex(
            model_name='metadatavalue',
            index=models.Index(fields=['field', 'number', 'document'], name='metadata_by_number'),
        ),
        migrations.AddIndex(
            model_name='metadatavalue',
            index=models.Index(fields=['field', 'moment', 'document'], name='metadata_by_moment'),
        ),
        migrations.AddConstraint(
            model_name='metadatavalue',
            constraint=models.UniqueConstraint(fields=('field', 'document'), name='metadata_value_once_per_document'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=models.UniqueConstraint(fields=('project', 'owner', 'name'), name='saved_filter_name_once_per_owner'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(fields=['words'], name='search_entry_by_word'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['project', 'id'], name='upload_of_project'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['expires_at'], name='upload_by_expiry'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('offset__lte', models.F('length'))), name='upload_offset_within_length'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('document', None), ('job', None), _connector='OR'), name='upload_used_once'),
        ),
        migrations.RunSQL(
            """
            INSERT INTO documents_usage (project_id, documents, bytes)
            SELECT project_id, count(*), sum(source_size + coalesce(texts.size, 0))
            FROM documents_document LEFT JOIN (
                SELECT document_id, sum(octet_length(text)) AS size
                FROM documents_revision GROUP BY document_id
            ) AS texts ON texts.document_id = documents_document.id
            GROUP BY project_id;
            """,
            migrations.RunSQL.noop,
        ),
    ]
