-- What the roles of one service may do, table by table. By the owner, after each step forward:
--   psql --set=service=ca --file=deploy/postgres/grants.sql "$OWNER"
\set ON_ERROR_STOP on
\set auditor :service _auditor

-- Tables that were there before the role.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"service";
-- Which revision the schema has is the owner's to say.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM :"service";
-- An entry is written, read, and removed with its disposed segment (a trigger watches); a segment
-- goes on to its next state and is never removed.
REVOKE UPDATE ON journal FROM :"service";
REVOKE DELETE ON journal_segments FROM :"service";
GRANT SELECT ON journal, journal_segments TO :"auditor";

-- What ca wrote of a certificate it never takes back: it was issued, revoked, signed for.
SELECT :'service' = 'ca' AS is_ca \gset
\if :is_ca
REVOKE UPDATE, DELETE ON serials, certificates, revocations, used_keys, evidence FROM :"service";
\endif

-- Nor does bridge what was handed in, signed for and reserved. A list goes when its period is over
-- or an officer takes it out; which list an accepted one replaced is entered when it comes.
SELECT :'service' = 'bridge' AS is_bridge \gset
\if :is_bridge
REVOKE UPDATE, DELETE ON serials, approvals, accepted_numberings FROM :"service";
GRANT UPDATE (replaced) ON accepted_numberings TO :"service";
REVOKE UPDATE ON kept_lists, taken_out_lists, submitted_certificates FROM :"service";
\endif

-- A receipt for a fee keeps its number and amount, and is made void at most; a refused request for a
-- revocation stays, and what was written of it can be emptied.
SELECT :'service' = 'registration' AS is_registration \gset
\if :is_registration
REVOKE UPDATE, DELETE ON fee_receipts, refused_revocations FROM :"service";
GRANT UPDATE (void_reason, voided_by, voided_at, voided_window_id) ON fee_receipts TO :"service";
GRANT UPDATE (explanation) ON refused_revocations TO :"service";
\endif

-- What was proposed and agreed with a verifier stays as it is; what became of it is entered.
SELECT :'service' = 'ocsp' AS is_ocsp \gset
\if :is_ocsp
REVOKE UPDATE, DELETE ON agreements FROM :"service";
GRANT UPDATE (state, decided_by, decided_at, stopped_by, stopped_at, superseded_at)
    ON agreements TO :"service";
-- What verifiers were told is counted up, and nobody takes it back.
REVOKE UPDATE, DELETE ON usage, usage_epochs, usage_days FROM :"service";
GRANT UPDATE (told) ON usage TO :"service";
GRANT UPDATE (flushed_at, sealed_at, unknown_until, seen_at) ON usage_epochs TO :"service";
-- What is taken of a quota stays with its day.
REVOKE UPDATE, DELETE ON quota_taken, quota_leases FROM :"service";
GRANT UPDATE (taken) ON quota_taken TO :"service";
GRANT UPDATE (leased, closed_at) ON quota_leases TO :"service";
\endif
