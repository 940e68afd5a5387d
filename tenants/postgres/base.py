"""Django's door to Postgres."""

from django_tenants.postgresql_backend import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]  # django-tenants ships no types
    """A connection that sets its search path when the tenant changed, and when Postgres may have taken it back."""

    def commit(self) -> None:
        """Commit. Where an error was swallowed Postgres rolls back instead, and the search path with it."""
        failed = self.connection is not None and self.connection.info.transaction_status == TransactionStatus.INERROR
        super().commit()
        if failed:
            self.search_path_set_schemas = None
