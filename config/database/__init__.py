"""Django's PostgreSQL backend, with a look at pooled connections that asks nobody."""
