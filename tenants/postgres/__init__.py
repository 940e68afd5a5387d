"""The database backend: django-tenants', whose search path is set once a scope instead of before every statement."""
