-- Who may connect to a service's database: what no copy of one database holds. By a superuser, when
-- roles.sql makes it, and after it was made anew from a copy:
--   psql --set=service=ca --file=deploy/postgres/access.sql "$SERVER"
\set ON_ERROR_STOP on
\set auditor :service _auditor
\set reader :service _reader

REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO :"service", :"auditor";
-- registration, of the resident register.
SELECT count(*) > 0 AS has_reader FROM pg_roles WHERE rolname = :'reader' \gset
\if :has_reader
GRANT CONNECT ON DATABASE :"service" TO :"reader";
\endif
