"""How annotations came to their places, in which revision; sets that were imported."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0002_initial'),
        ('documents', '0006_jobs_search_and_keeping'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='annotation',
            name='anchor_confidence',
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='annotation',
            name='anchoring',
            field=models.CharField(choices=[('written', 'as it was written'), ('exact', 'at the same place of a new text'), ('quote', 'by its quote and what stands around it'), ('fuzzy', 'by what resembles its quote'), ('placed', 'by somebody, anew'), ('lost', 'not in the present text')], default='written', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='annotation',
            name='revision',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to='documents.revision'),
        ),
        migrations.RunSQL(
            """
            UPDATE annotations_annotation SET revision_id = annotations_annotationset.revision_id
            FROM annotations_annotationset
            WHERE annotations_annotationset.id = annotation_set_id;
            SET CONSTRAINTS ALL IMMEDIATE;
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name='annotation',
            name='revision',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to='documents.revision'),
        ),
        migrations.AddField(
            model_name='annotationset',
            name='job',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annotation_sets', to='documents.job'),
        ),
        migrations.AlterField(
            model_name='annotationset',
            name='kind',
            field=models.CharField(choices=[('annotator', 'Annotator'), ('import', 'Import')], default='annotator', max_length=20),
        ),
        migrations.AddIndex(
            model_name='annotation',
            index=models.Index(condition=models.Q(('anchoring', 'lost')), fields=['project', 'id'], name='annotation_lost'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.CheckConstraint(condition=models.Q(('anchoring__in', ['written', 'exact', 'quote', 'fuzzy', 'placed', 'lost'])), name='annotation_anchoring_known'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.CheckConstraint(condition=models.Q(('anchor_confidence', None), models.Q(('anchor_confidence__gte', 0), ('anchor_confidence__lte', 1)), _connector='OR'), name='annotation_anchor_confidence_from_0_to_1'),
        ),
        migrations.AddConstraint(
            model_name='annotationset',
            constraint=models.UniqueConstraint(fields=('revision', 'job'), name='annotation_set_one_per_import'),
        ),
        migrations.AddConstraint(
            model_name='annotationset',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['annotator', 'import'])), name='annotation_set_kind_known'),
        ),
    ]
