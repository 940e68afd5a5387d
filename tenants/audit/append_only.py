"""The trigger that holds even the owner of a chain's table to adding: for its migrations."""

APPEND_ONLY = """
CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'The trail of changes only grows: % is refused', TG_OP;
END
$body$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
"""
TAKEN_BACK = "DROP TRIGGER audit_only_grows ON {table}; DROP FUNCTION audit_only_grows();"
