"""The services of a fresh clone: an embedded Postgres and Valkey, and the processes that bin/up looks after."""
