"""The management API under /v1: what the dashboard shows and does, for programs. docs/reference/api.md."""
