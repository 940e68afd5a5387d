-- Makes the two roles and the database. Run it once, as an administrator of the server:
--   OWNER_DB_PASSWORD=… APP_DB_PASSWORD=… psql -v ON_ERROR_STOP=1 -f deploy/postgres/roles.sql
-- The owner migrates and makes tenants; the app reads and writes rows, and can't change a table.
\set owner_password ''
\set app_password ''
\getenv owner_password OWNER_DB_PASSWORD
\getenv app_password APP_DB_PASSWORD
SELECT :'owner_password' = '' AS no_owner_password, :'app_password' = '' AS no_app_password
\gset
\if :no_owner_password
DO $$ BEGIN RAISE EXCEPTION 'OWNER_DB_PASSWORD is not set: it becomes the password of pipeline_owner'; END $$;
\endif
\if :no_app_password
DO $$ BEGIN RAISE EXCEPTION 'APP_DB_PASSWORD is not set: it becomes the password of pipeline_app'; END $$;
\endif

CREATE ROLE pipeline_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE pipeline_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
-- A managed server's administrator is no superuser and must belong to a role to give it something.
GRANT pipeline_owner TO CURRENT_USER;
CREATE DATABASE pipeline OWNER pipeline_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE pipeline FROM PUBLIC;
GRANT CONNECT ON DATABASE pipeline TO pipeline_app;

\connect pipeline
-- PostgreSQL 14 lets everybody make tables here.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO pipeline_owner;
