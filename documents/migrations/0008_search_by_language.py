"""Text search configurations without accents, and an index of words that begins with the project."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

# Both are written out here, for a migration does not change with the code: see
# documents.finding.languages. An extension's dictionary needs no rights beyond those of the
# database's owner.
CONFIGURATIONS = """
CREATE TEXT SEARCH CONFIGURATION documents_plain (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION documents_plain
    ALTER MAPPING FOR word, hword, hword_part, numword, numhword, hword_numpart
    WITH unaccent, simple;
CREATE TEXT SEARCH CONFIGURATION documents_accents (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION documents_accents
    ADD MAPPING FOR word, hword, hword_part, numword, numhword, hword_numpart
    WITH unaccent, simple;
"""
NO_CONFIGURATIONS = """
DROP TEXT SEARCH CONFIGURATION documents_accents;
DROP TEXT SEARCH CONFIGURATION documents_plain;
"""
# As it is and beside the row's other columns: compression gains nothing with words, and costs a
# tenth of the time that it takes to find them; ranking reads each found row's words.
PLACE_OF_WORDS = """
ALTER TABLE documents_searchentry ALTER COLUMN words SET STORAGE EXTERNAL;
ALTER TABLE documents_searchentry SET (toast_tuple_target = 8160);
"""
NO_PLACE_OF_WORDS = """
ALTER TABLE documents_searchentry ALTER COLUMN words SET STORAGE EXTENDED;
ALTER TABLE documents_searchentry RESET (toast_tuple_target);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0007_upload_metadata'),
    ]

    operations = [
        migrations.RunSQL(CONFIGURATIONS, NO_CONFIGURATIONS),
        migrations.RunSQL(PLACE_OF_WORDS, NO_PLACE_OF_WORDS),
        migrations.RemoveIndex(
            model_name='searchentry',
            name='search_entry_by_word',
        ),
        migrations.AlterField(
            model_name='metadatavalue',
            name='field',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.metadatafield'),
        ),
        migrations.AlterField(
            model_name='searchentry',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.project'),
        ),
        migrations.AlterField(
            model_name='searchentry',
            name='revision',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='documents.revision'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(fields=['project', 'words'], name='search_entry_by_word'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=models.Index(fields=['project', 'configuration'], name='search_entry_by_language'),
        ),
    ]
