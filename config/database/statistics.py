"""What PostgreSQL knows of its tables, for the plans of queries."""

from __future__ import annotations

from django.db import connection

# As autovacuum decides it, which comes by once a minute: until then a table that an import has
# filled is taken for empty, and a search reads all of it.
_CHANGED = """
SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables
WHERE n_mod_since_analyze > %s + 0.1 * n_live_tup
"""
FEW = 500  # rows, of which a plan may think what it likes


def renew_statistics() -> None:
    """Have the tables looked at of which much has changed; of another owner's none is."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [FEW])
        for (table,) in cursor.fetchall():
            cursor.execute(f"ANALYZE {table}")
