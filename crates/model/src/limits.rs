//! Every limit of the platform by name: bytes, counts, depth, time. A limit is enforced before the work it bounds.

/// Largest request body, in bytes, that is not a bulk of measurements.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Largest body of a bulk of measurements, in bytes.
pub const BULK_BODY_BYTES_MAX: usize = 8 << 20;
/// Largest public body (one-time set-up), in bytes.
pub const PUBLIC_BODY_BYTES_MAX: usize = 8 << 10;
/// Bytes of all request bodies that are being read or worked on at the same time; beyond it the answer is 503.
pub const BODY_BYTES_IN_FLIGHT_MAX: usize = 256 << 20;
/// Longest request target (path and query), in bytes.
pub const TARGET_BYTES_MAX: usize = 8 << 10;
/// Deepest nesting of arrays and objects in a JSON document.
pub const JSON_DEPTH_MAX: usize = 64;
/// Most values (of any kind, keys not counted) in one JSON document.
pub const JSON_VALUES_MAX: usize = 500_000;
/// Largest managed object or measurement document, in bytes of its JSON text.
pub const DOCUMENT_BYTES_MAX: usize = 512 << 10;
/// Most top-level properties of one document.
pub const FRAGMENTS_MAX: usize = 1_000;
/// Longest name of a property, type, external id or similar, in bytes.
pub const NAME_BYTES_MAX: usize = 1_000;
/// Longest user name, in characters.
pub const USER_NAME_CHARS_MAX: usize = 1_000;
/// Longest password that is looked at, in bytes; a longer one is refused before hashing (R051).
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Shortest password that a person may choose.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Page size when none was asked for.
pub const PAGE_SIZE_DEFAULT: usize = 5;
/// Largest page; a larger wish is clamped silently, as the API says.
pub const PAGE_SIZE_MAX: usize = 2_000;
/// Bytes of documents and references in one answer, about; a page with more is refused and must be asked for smaller.
pub const ANSWER_BYTES_MAX: usize = 32 << 20;
/// Last page that may be asked for.
pub const PAGE_MAX: usize = 1_000_000_000;
/// Most measurements in one bulk request.
pub const BULK_MEASUREMENTS_MAX: usize = 10_000;
/// Most values in an answer of `/measurement/measurements/series`; more are cut off and marked.
pub const SERIES_VALUES_MAX: usize = 5_000;
/// Longest query (`query=`, `q=`), in bytes.
pub const QUERY_BYTES_MAX: usize = 4 << 10;
/// Deepest nesting of a query.
pub const QUERY_DEPTH_MAX: usize = 32;
/// Longest chain of child edges from a root.
pub const TREE_DEPTH_MAX: usize = 1_100;
/// Most references taken in one request (linking or unlinking children, ids in a filter).
pub const REFERENCES_MAX: usize = 2_000;
/// Most objects that one cascading deletion may take.
pub const CASCADE_MAX: usize = 10_000;
/// Commands waiting for the writer of one shard; beyond it the answer is 503 with Retry-After.
pub const COMMIT_QUEUE_MAX: usize = 4_096;
/// Commands that share one sync at most.
pub const COMMIT_GROUP_MAX: usize = 1_024;
/// Bytes of change sets waiting for the writer of one shard; beyond it the answer is 503 with Retry-After.
pub const COMMIT_QUEUE_BYTES_MAX: usize = 256 << 20;
/// Bytes of change sets after which a group that shares one sync takes no more.
pub const COMMIT_GROUP_BYTES_MAX: usize = 32 << 20;
/// How often a command that met a conflict is run again before the answer is 503.
pub const CONFLICT_RETRIES_MAX: usize = 8;
/// Requests that work on the blocking pool at the same time.
pub const WORKERS_MAX: usize = 32;
/// Requests that wait for the blocking pool.
pub const WORK_QUEUE_MAX: usize = 2_048;
/// Password hashes computed at the same time; each takes about 19 MiB.
pub const PASSWORD_HASHES_MAX: usize = 2;
/// Password hashes waiting; beyond it the answer is 503.
pub const PASSWORD_HASH_QUEUE_MAX: usize = 64;
/// Open connections of one listener.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Open connections of one address.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 1_000;
/// A TLS handshake must end within this, in seconds.
pub const TLS_HANDSHAKE_SECONDS_MAX: u64 = 10;
/// The head of a request must arrive within this, in seconds.
pub const HEADER_READ_SECONDS_MAX: u64 = 10;
/// Longest head of a request (target and headers), in bytes.
pub const HEADER_BYTES_MAX: usize = 64 << 10;
/// Requests that one HTTP/2 connection may have open at the same time.
pub const STREAMS_MAX: u32 = 128;
/// An HTTP/2 connection without an open request is closed after this, in seconds.
pub const IDLE_SECONDS_MAX: u64 = 75;
/// A request body must arrive within this, in seconds.
pub const BODY_READ_SECONDS_MAX: u64 = 30;
/// Most bytes of an unwanted body that are read and thrown away, so that the client reads the refusal.
pub const BODY_DISCARD_BYTES_MAX: usize = 16 << 20;
/// They must arrive within this, in seconds.
pub const BODY_DISCARD_SECONDS_MAX: u64 = 2;
/// Open requests are given this long to end when the program stops, in seconds.
pub const DRAIN_SECONDS_MAX: u64 = 10;
/// A one-time set-up secret is good for this long, in hours.
pub const SETUP_SECRET_HOURS: i64 = 24;
/// Wrong set-up secrets of one tenant before the secret is destroyed.
pub const SETUP_ATTEMPTS_MAX: u32 = 20;
/// Windows of 5 minutes with refused requests that are kept in memory before they are written (per process).
pub const DENIAL_WINDOWS_MAX: usize = 10_000;
/// Records that one audit export or proof request may carry.
pub const AUDIT_EXPORT_MAX: usize = 10_000;
/// Bytes of the decrypted inventory projection of one tenant; over it, queries read rows.
pub const PROJECTION_BYTES_MAX: usize = 256 << 20;
/// Rows that a query may read when the projection cannot answer; beyond it the answer is 422.
pub const QUERY_ROWS_MAX: usize = 200_000;
/// Telemetry calls of one principal per second, on average; a bulk is one call.
pub const RATE_INGEST_PER_SECOND: u64 = 2_000;
/// Reading calls of one principal per second, on average.
pub const RATE_READ_PER_SECOND: u64 = 500;
/// Changing calls of one principal per second, on average.
pub const RATE_WRITE_PER_SECOND: u64 = 500;
/// Calls of one principal that handle a password, per minute.
pub const RATE_SECRET_PER_MINUTE: u64 = 20;
/// So many seconds of unused rate are kept for a burst.
pub const RATE_BURST_SECONDS: u64 = 10;
/// Principals and classes whose rates are remembered.
pub const RATE_PRINCIPALS_MAX: usize = 50_000;
