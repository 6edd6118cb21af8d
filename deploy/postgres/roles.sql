-- The database of one service and its three roles. By a superuser, once for each service:
--   psql --set=service=ca --file=deploy/postgres/roles.sql "$SERVER"
-- No role has a password here: set one (\password), or let them in by certificate.
\set ON_ERROR_STOP on
\set owner :service _owner
\set auditor :service _auditor

-- The owner changes the schema (`openjpki database forward`) and is used for nothing else.
CREATE ROLE :"owner" LOGIN;
-- The service: rows, never tables.
CREATE ROLE :"service" LOGIN;
-- Auditors: the journal alone, to read.
CREATE ROLE :"auditor" LOGIN;

CREATE DATABASE :"service" OWNER :"owner";
\ir access.sql

\connect :service
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"service", :"auditor";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"service";
