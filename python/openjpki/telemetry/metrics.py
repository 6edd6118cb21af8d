"""Every metric, named once. Alerts and dashboards in deploy/ use exactly these names.

No label ever holds a person, a serial number or who asked for which certificate (R5.2.2).
"""

from __future__ import annotations

from time import time

from prometheus_client import (
    Counter,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from openjpki.telemetry.registry import CountedElsewhere, Registry

# When a process first counted something is nobody's question, and doubles what is scraped.
disable_created_metrics()  # type: ignore[no-untyped-call]


REGISTRY = Registry()
"""What ``/metrics`` shows: the metrics below and the process's own."""

ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

# From half a millisecond (a status) to ten seconds (an issuance on a slow device).
SECONDS = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)

# -- calls: rate, errors, duration -----------------------------------------------------------
RPC_STARTED = Counter(
    "openjpki_rpc_started_total", "Calls begun.", ["service", "method"], registry=REGISTRY
)
RPC_HANDLED = Counter(
    "openjpki_rpc_handled_total",
    "Calls ended, by gRPC code; NOT_THE_OWNER where another instance is to carry one out.",
    ["service", "method", "code"],
    registry=REGISTRY,
)
RPC_DURATION = CountedElsewhere(
    "openjpki_rpc_duration_seconds",
    "Time from a call's start to its end.",
    ["service", "method"],
    buckets=SECONDS,
    registry=REGISTRY,
)
RPC_IN_USE = Gauge(
    "openjpki_rpc_in_use",
    "Calls let in, those of them at work, streams, and the threads that all have.",
    ["what"],
    registry=REGISTRY,
)
RPC_NO_ROOM = Counter(
    "openjpki_rpc_no_room_total",
    "Calls and streams refused as the caller has its share of the room, or the service no more.",
    ["kind", "whose"],
    registry=REGISTRY,
)
RPC_OVERSIZED_HEADERS = Counter(
    "openjpki_rpc_oversized_headers_total",
    "Calls whose headers were larger than the server had said it takes; each ended its connection.",
    registry=REGISTRY,
)

RPC_CONNECTIONS_ENDED = Counter(
    "openjpki_rpc_connections_ended_total",
    "Connections for gRPC that ocsp ended or refused: made_room, silent, refused, not_taken.",
    ["why"],
    registry=REGISTRY,
)

# -- who may call ----------------------------------------------------------------------------
DENIED_CREDENTIALS = Gauge(
    "openjpki_denied_credentials",
    "Credentials of the mesh that the service refuses, as read last.",
    registry=REGISTRY,
)
DENY_LIST_READ = Gauge(
    "openjpki_deny_list_read_timestamp_seconds",
    "When the list of denied credentials was read last, Unix time.",
    registry=REGISTRY,
)

AGREEMENTS_TAKEN_OVER = Gauge(
    "openjpki_agreements_taken_over",
    "Agreements in force from before there were any: without an end, until officers make others.",
    registry=REGISTRY,
)

# -- time ------------------------------------------------------------------------------------
CLOCK = Gauge(
    "openjpki_clock_timestamp_seconds",
    "What the service's clock says when it is asked, Unix time.",
    registry=REGISTRY,
)
CLOCK.set_function(time)

# -- keys ------------------------------------------------------------------------------------
SIGNATURES = Counter(
    "openjpki_signatures_total",
    "Signatures asked of a key; outcome is ok or error.",
    ["key", "outcome"],
    registry=REGISTRY,
)
SIGNING_UNDER_WAY = Gauge(
    "openjpki_signing_under_way",
    "Requests to a key that have begun and not ended: they wait for the device, or are signed.",
    registry=REGISTRY,
)
SIGNING_DURATION = CountedElsewhere(
    "openjpki_signing_duration_seconds",
    "Time of one request to a key, which may sign a batch.",
    buckets=SECONDS,
    registry=REGISTRY,
)

LANES_SMALLEST_GROUP = Gauge(
    "openjpki_lanes_smallest_group",
    "So many signatures of software keys, and more, are made together; 0: each is made singly.",
    registry=REGISTRY,
)
LANES_WAIT = Gauge(
    "openjpki_lanes_wait_seconds",
    "The longest that a signature of a software key waits for others to be made with.",
    registry=REGISTRY,
)
LANES_MEASURED = Gauge(
    "openjpki_lanes_measured_seconds",
    "What so many RSA-2048 signatures made together took at the service's start; 1: made singly.",
    ["signatures"],
    registry=REGISTRY,
)

# -- applications ----------------------------------------------------------------------------
APPLICATIONS_WAITING = Gauge(
    "openjpki_applications_waiting",
    "Applications waiting for the second officer's decision, or approved and for the certificate.",
    ["step"],
    registry=REGISTRY,
)
APPLICATIONS_OLDEST_WAITING = Gauge(
    "openjpki_applications_oldest_waiting_seconds",
    "For how long the oldest of them has waited, since it was submitted or approved; 0 if none.",
    ["step"],
    registry=REGISTRY,
)
APPLICATIONS_EXPIRING = Gauge(
    "openjpki_applications_expiring",
    "Applications that expire within seven days unless somebody decides on them.",
    registry=REGISTRY,
)
CHANGE_NOTICES_TAKEN = Counter(
    "openjpki_change_notices_taken_total",
    "Change notices of the resident register network taken, each once.",
    registry=REGISTRY,
)
CHANGE_NOTICES_SETTLED = Counter(
    "openjpki_change_notices_settled_total",
    "Change notices settled, by what they came to.",
    ["outcome"],
    registry=REGISTRY,
)
CHANGE_NOTICES_WAITING = Gauge(
    "openjpki_change_notices_waiting",
    "Change notices not settled: waiting, or for an application to be decided.",
    ["state"],
    registry=REGISTRY,
)
CHANGE_NOTICES_OLDEST_WAITING = Gauge(
    "openjpki_change_notices_oldest_waiting_seconds",
    "For how long the oldest of them has waited since it was taken; 0 if none.",
    ["state"],
    registry=REGISTRY,
)
RECEIPTS_REFUSED = Counter(
    "openjpki_receipts_refused_total",
    "Answers of ca that were not accepted, as their receipt is missing or does not verify.",
    registry=REGISTRY,
)

# -- certificates ----------------------------------------------------------------------------
AUTHORITY_CERTIFICATE_EXPIRY = Gauge(
    "openjpki_authority_certificate_expiry_timestamp_seconds",
    "notAfter of an authority's certificate, by the generation of its key, Unix time.",
    ["authority", "generation"],
    registry=REGISTRY,
)
AUTHORITY_ISSUES_UNTIL = Gauge(
    "openjpki_authority_issues_until_timestamp_seconds",
    "Until when an authority's key certifies users, to within a day, Unix time.",
    ["authority"],
    registry=REGISTRY,
)
ISSUANCE_INTENTS_PENDING = Gauge(
    "openjpki_issuance_intents_pending",
    "Issuances recorded but not yet completed.",
    ["authority"],
    registry=REGISTRY,
)
CERTIFICATES_ISSUED = Counter(
    "openjpki_certificates_issued_total",
    "Certificates issued, by kind: user, cross or responder.",
    ["authority", "kind"],
    registry=REGISTRY,
)
ISSUE_LIMIT_REFUSALS = Counter(
    "openjpki_issue_limit_refusals_total",
    "Certificates refused because the caller's or the municipality's limit was reached.",
    ["authority", "whose", "period"],
    registry=REGISTRY,
)
REVOCATIONS = Counter(
    "openjpki_revocations_total",
    "Certificates revoked, by published reason.",
    ["authority", "reason"],
    registry=REGISTRY,
)
CRL_OLDEST_AGE = Gauge(
    "openjpki_crl_oldest_age_seconds",
    "Age of the oldest current revocation list of an authority.",
    ["authority"],
    registry=REGISTRY,
)
CRL_NEWEST_AGE = Gauge(
    "openjpki_crl_newest_age_seconds",
    "Age of the newest current revocation list of an authority; below zero: it is dated later than"
    " now, by a clock that was ahead.",
    ["authority"],
    registry=REGISTRY,
)
CRL_NEXT_UPDATE = Gauge(
    "openjpki_crl_next_update_timestamp_seconds",
    "Earliest nextUpdate among an authority's current revocation lists, Unix time.",
    ["authority"],
    registry=REGISTRY,
)

# -- status ----------------------------------------------------------------------------------
FEED_LAG = Gauge(
    "openjpki_feed_lag_seconds",
    "Age of the status of an authority: time since the moment as of which answers are true.",
    ["authority"],
    registry=REGISTRY,
)
STATUS_MAX_STALENESS = Gauge(
    "openjpki_status_max_staleness_seconds",
    "Age of the status of an authority beyond which nothing but revocations is answered.",
    ["authority"],
    registry=REGISTRY,
)
FEED_POSITION_AHEAD = Gauge(
    "openjpki_feed_position_ahead_timestamp_seconds",
    "When a replica last named a position that an authority's status feed has not reached.",
    ["authority"],
    registry=REGISTRY,
)
FEED_SEQUENCE = Gauge(
    "openjpki_feed_sequence",
    "Last position taken from the status feed of an authority.",
    ["authority"],
    registry=REGISTRY,
)
LISTENS_TO_INSTANCES = Gauge(
    "openjpki_listens_to_instances",
    "Whether this instance of ca is told by others that somebody was revoked; 1 without any.",
    registry=REGISTRY,
)
FEED_DIFFERS = Counter(
    "openjpki_feed_differs_total",
    "How often what was told of an authority was found not to be what ca has, by the digest of it.",
    ["authority"],
    registry=REGISTRY,
)
REVOCATIONS_TAKEN_BACK = Counter(
    "openjpki_revocations_taken_back_total",
    "Certificates of an authority that the feed said were revoked while a snapshot was waited for,"
    " and that the snapshot, of a later position, had as good, or not at all: so they are again.",
    ["authority"],
    registry=REGISTRY,
)
REVOCATIONS_KEPT = Counter(
    "openjpki_revocations_kept_total",
    "Certificates that a snapshot of an authority had as good and the replica as revoked: they stay"
    " revoked there.",
    ["authority"],
    registry=REGISTRY,
)
SNAPSHOTS_TOO_LARGE = Counter(
    "openjpki_snapshots_too_large_total",
    "Snapshots of an authority that were refused for having more certificates than are taken.",
    ["authority"],
    registry=REGISTRY,
)
INDEX_FILE_AS_OF = Gauge(
    "openjpki_index_file_as_of_timestamp_seconds",
    "As of when the file of an authority's status is true, Unix time.",
    ["authority"],
    registry=REGISTRY,
)
INDEX_FILE_READ_SECONDS = Gauge(
    "openjpki_index_file_read_seconds",
    "How long this replica took at its start to read an authority's status from its file.",
    ["authority"],
    registry=REGISTRY,
)
INDEX_FILES_REFUSED = Counter(
    "openjpki_index_files_refused_total",
    "Files of an authority's status that were not taken: a snapshot was read instead.",
    ["authority"],
    registry=REGISTRY,
)
OCSP_RESPONSES = Counter(
    "openjpki_ocsp_responses_total",
    "OCSP answers, by status and by how the asker was known.",
    ["status", "via"],
    registry=REGISTRY,
)

RESPONDER_CERTIFICATE_EXPIRY = Gauge(
    "openjpki_responder_certificate_expiry_timestamp_seconds",
    "notAfter of this replica's certificate for answering in an authority's name, Unix time.",
    ["authority", "generation"],
    registry=REGISTRY,
)
OCSP_WAITING = Gauge(
    "openjpki_ocsp_responses_waiting",
    "OCSP responses in line for their signature.",
    registry=REGISTRY,
)
OCSP_DURATION = CountedElsewhere(
    "openjpki_ocsp_duration_seconds",
    "Time from when an OCSP request is there, whole, to its response, over HTTP.",
    ["via"],
    buckets=SECONDS,
    registry=REGISTRY,
)

OCSP_CONNECTIONS_ENDED = Counter(
    "openjpki_ocsp_connections_ended_total",
    "Connections to OCSP over HTTP(S) ended to make room (made_room) or because they did not ask "
    "(silent), or not begun as all others were busy, or all of its address (refused).",
    ["why"],
    registry=REGISTRY,
)
OCSP_HTTP_REFUSED = Counter(
    "openjpki_ocsp_http_refused_total",
    "Requests that were no OCSP over HTTP, by the status they were answered with.",
    ["status"],
    registry=REGISTRY,
)
OCSP_LISTS = Counter(
    "openjpki_lists_http_total",
    "Requests for revocation lists over HTTP, by the status they were answered with.",
    ["status"],
    registry=REGISTRY,
)
USAGE_OPEN_SINCE = Gauge(
    "openjpki_usage_open_since_timestamp_seconds",
    "When the first day of Japan began of which what verifiers were told is not closed.",
    registry=REGISTRY,
)
OCSP_QUOTA_REFUSED = Counter(
    "openjpki_ocsp_quota_refused_total",
    "Questions and downloads that were refused as an agreement's quota was used up, by the unit.",
    ["unit"],
    registry=REGISTRY,
)
OCSP_QUOTAS = Gauge(
    "openjpki_ocsp_quotas",
    "Quotas of agreements in force (bounded), those of which four fifths are taken in this day or"
    " month (near), and all (reached), by what is done beyond: refuse, or report.",
    ["beyond", "state"],
    registry=REGISTRY,
)
OCSP_FULL = Counter(
    "openjpki_ocsp_full_total",
    "OCSP requests told to try later, by the bound that said so: bodies, verified, under_way, "
    "signing, signing_time; requests for lists: lists, lists_room.",
    ["bound"],
    registry=REGISTRY,
)

# -- the bridge ------------------------------------------------------------------------------
PATH_VALIDATIONS = Counter(
    "openjpki_path_validations_total",
    "Officials' certificates validated across the bridge; outcome is valid or refused.",
    ["outcome"],
    registry=REGISTRY,
)

POOL_UNREADABLE = Gauge(
    "openjpki_pool_unreadable_elements",
    "Certificates or revocation lists of the pool that can't be read and are left out.",
    ["kind"],
    registry=REGISTRY,
)
POOL_LISTS_IN_DOUBT = Gauge(
    "openjpki_pool_lists_in_doubt",
    "Lists in force of the pool with a critical extension that is not processed, and no later one.",
    registry=REGISTRY,
)
CROSS_REVOCATIONS_UNHEARD = Gauge(
    "openjpki_cross_revocations_unheard",
    "Cross certificates ended by two officers whose issuer was not told yet.",
    ["authority"],
    registry=REGISTRY,
)

# -- storage ---------------------------------------------------------------------------------
ROWS_LEFT_OUT = Counter(
    "openjpki_rows_left_out",
    "Times that a row of the database could not be read: it was left out of what was asked for, or"
    " what goes by it was refused.",
    ["table"],
    registry=REGISTRY,
)

# -- officers --------------------------------------------------------------------------------
PROPOSALS_LAPSED = Counter(
    "openjpki_proposals_lapsed",
    "What one person proposed and nobody decided on in time: keys of officers or responders,"
    " agreements, revocations.",
    ["register"],
    registry=REGISTRY,
)
OFFICER_KEYS_ENDING = Gauge(
    "openjpki_officer_keys_ending",
    "Officers' keys that end within so many days and have no successor.",
    ["days"],
    registry=REGISTRY,
)

# -- leases ----------------------------------------------------------------------------------
LEASES_HELD = Gauge(
    "openjpki_leases_held", "Authorities that this instance works for.", registry=REGISTRY
)
LEASES_FREE = Gauge(
    "openjpki_leases_free",
    "Authorities that no instance works for, as this one last saw it.",
    registry=REGISTRY,
)
LEASES_TAKEN = Counter(
    "openjpki_leases_taken_total",
    "Leases taken, at the start or from another instance.",
    ["authority"],
    registry=REGISTRY,
)
LEASES_LOST = Counter(
    "openjpki_leases_lost_total",
    "Leases that another instance took, or that could not be renewed in time.",
    ["authority"],
    registry=REGISTRY,
)

# -- what a service does by itself -----------------------------------------------------------
TASK_LAST_SUCCESS = Gauge(
    "openjpki_task_last_success_timestamp_seconds",
    "When a task done again and again last succeeded, Unix time; at first the start.",
    ["task"],
    registry=REGISTRY,
)

JOURNAL_TIME_BEHIND = Gauge(
    "openjpki_journal_time_behind_seconds",
    "By how much the time that disposing of the journal goes by is behind this service's clock.",
    registry=REGISTRY,
)

# -- this process ----------------------------------------------------------------------------
MESH_CERTIFICATE_EXPIRY = Gauge(
    "openjpki_mesh_certificate_expiry_timestamp_seconds",
    "notAfter of this service's mesh certificate, Unix time.",
    registry=REGISTRY,
)
MESH_AUTHORITY_EXPIRY = Gauge(
    "openjpki_mesh_authority_expiry_timestamp_seconds",
    "notAfter of the mesh's authority that this service's certificate names as its issuer.",
    registry=REGISTRY,
)
FILE_ELEMENTS_LEFT_OUT = Gauge(
    "openjpki_file_elements_left_out",
    "Elements of what this service is given as files that can't be read and are left out.",
    ["file"],
    registry=REGISTRY,
)
DATABASE_CONNECTIONS = Gauge(
    "openjpki_database_connections",
    "Connections of a database's pool that are in use.",
    ["database"],
    registry=REGISTRY,
)
DATABASE_CONNECTIONS_LIMIT = Gauge(
    "openjpki_database_connections_limit",
    "Connections that a database's pool may have.",
    ["database"],
    registry=REGISTRY,
)
DATABASE_FAILURES = Counter(
    "openjpki_database_failures_total",
    "What failed at a database, by the cause that the log has of it; conflict: another transaction"
    " was in the way, and most of these are done again.",
    ["database", "cause"],
    registry=REGISTRY,
)
DISK_FREE = Gauge(
    "openjpki_disk_free_octets",
    "Free octets where the service keeps its database file or its key files.",
    ["of"],
    registry=REGISTRY,
)
DISK_SIZE = Gauge(
    "openjpki_disk_size_octets",
    "Octets that there are in all where it keeps them.",
    ["of"],
    registry=REGISTRY,
)
BUILD_INFO = Gauge(
    "openjpki_build_info",
    "Always 1; what is running.",
    ["service", "version"],
    registry=REGISTRY,
)


def set_build_info(service: str, version: str) -> None:
    """Says which service and version this process runs."""
    BUILD_INFO.labels(service=service, version=version).set(1)


def set_lanes(
    smallest_group: int, wait: float, measured: tuple[float, float, float] | None
) -> None:
    """Says which signatures are made together, and of one, four and eight what they took."""
    LANES_SMALLEST_GROUP.set(smallest_group)
    LANES_WAIT.set(wait if smallest_group else 0)
    LANES_MEASURED.clear()
    for signatures, seconds in zip((1, 4, 8), measured or (), strict=False):
        LANES_MEASURED.labels(str(signatures)).set(seconds)
