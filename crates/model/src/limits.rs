//! Every limit of the platform by name: bytes, counts, depth, time. A limit is enforced before the work it bounds.

/// Largest request body, in bytes, that is not a bulk of measurements.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Largest body of a bulk of measurements, in bytes.
pub const BULK_BODY_BYTES_MAX: usize = 8 << 20;
/// Largest public body (one-time set-up), in bytes.
pub const PUBLIC_BODY_BYTES_MAX: usize = 8 << 10;
/// Bytes of all request bodies that are being read or worked on at the same time; beyond it the answer is 503.
pub const BODY_BYTES_IN_FLIGHT_MAX: usize = 256 << 20;
/// Of them, bytes of one tenant; as much for all who are not signed in, together. Beyond it the answer is 503.
pub const BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX: usize = BODY_BYTES_IN_FLIGHT_MAX / 4;
/// Of these, bytes of one principal, or of one address that is not signed in: four of the largest bodies. Beyond it the
/// answer is 429.
pub const BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX: usize = BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX / 2;
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
/// Most users above another one in the hierarchy of user management.
pub const HIERARCHY_DEPTH_MAX: usize = 16;
/// Members that are shown inside a group; the list of members shows all.
pub const GROUP_MEMBERS_SHOWN_MAX: usize = 100;
/// Most objects that one cascading deletion may take.
pub const CASCADE_MAX: usize = 10_000;
/// Commands waiting for the writer of one shard; beyond it the answer is 503 with Retry-After.
pub const COMMIT_QUEUE_MAX: usize = 4_096;
/// Shards for tenants: each has an engine and a thread of its own.
pub const SHARDS_MAX: u16 = 64;
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
/// A refused sign-in is answered only at whole multiples of this after its arrival, in milliseconds.
pub const REFUSED_SIGN_IN_STEP_MILLIS: u64 = 100;
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
/// A client that takes no byte of its answers for this long is cut off, in seconds. Generous: what a slow client takes is
/// seen only in steps, each as large as the buffers on the way.
pub const WRITE_STALLED_SECONDS_MAX: u64 = 120;
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
/// Permissions of one inventory role.
pub const INVENTORY_ROLE_PERMISSIONS_MAX: usize = 50;
/// Inventory roles of one tenant.
pub const INVENTORY_ROLES_MAX: usize = 500;
/// Inventory roles of one assignment.
pub const ASSIGNMENT_ROLES_MAX: usize = 10;
/// Assignments of inventory roles to one user or group.
pub const ASSIGNMENTS_MAX: usize = 200;
/// Permissions that one user or group is given one by one on one object.
pub const PERMISSIONS_ON_OBJECT_MAX: usize = 50;
/// Objects on which one user or group is given permissions one by one.
pub const GRANTED_OBJECTS_MAX: usize = 1_000;
/// Windows of 5 minutes with refused requests that are kept in memory before they are written (per process).
pub const DENIAL_WINDOWS_MAX: usize = 10_000;
/// Records that one audit export or proof request may carry.
pub const AUDIT_EXPORT_MAX: usize = 10_000;
/// Bytes of the decrypted inventory projection of one tenant; over it, queries read rows.
pub const PROJECTION_BYTES_MAX: usize = 256 << 20;
/// Rows that a query may read when the projection cannot answer; beyond it the answer is 422.
pub const QUERY_ROWS_MAX: usize = 200_000;
/// Objects that a preview of rules may look at; beyond it the answer is 422.
pub const PREVIEW_OBJECTS_MAX: usize = 10_000;
/// Rules in one preview, given and taken away together.
pub const PREVIEW_RULES_MAX: usize = 200;
/// Users whose rights on an object are worked out for one answer; beyond it the answer is 422.
pub const SURVEY_USERS_MAX: usize = 10_000;
/// Objects that a record of refusals names; of further ones only the number of refusals is kept.
pub const REFUSED_OBJECTS_MAX: usize = 16;
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
/// Life of a session's token, in seconds; a tenant can make it shorter.
pub const SESSION_SECONDS: u32 = 12 * 60 * 60;
/// Shortest life of a token that a tenant can set, in seconds.
pub const SESSION_SECONDS_MIN: u32 = 60;
/// Longest token that is looked at, in bytes.
pub const TOKEN_BYTES_MAX: usize = 2 << 10;
/// So far may a token's times lie in the future, in seconds: clocks are set back now and then.
pub const TOKEN_SKEW_SECONDS: i64 = 60;
/// A tenant's key for tokens signs for so long, in days; then a new one does, and the old one only verifies.
pub const TOKEN_KEY_DAYS: i64 = 30;
/// Ended sessions of one user that are remembered one by one; with one more, all sessions of that user end.
pub const ENDED_SESSIONS_MAX: usize = 100;
/// Longest life of a service account's key, in days; also what it gets when none is asked for.
pub const SERVICE_KEY_DAYS_MAX: i64 = 90;
/// Keys of one service account at the same time.
pub const SERVICE_KEYS_MAX: usize = 10;
/// Revoked keys of one service account that are still recognised when somebody uses them.
pub const SERVICE_KEYS_REVOKED_MAX: usize = 20;
/// Longest name of a key, in characters.
pub const SERVICE_KEY_NAME_CHARS_MAX: usize = 100;
/// Longest description of a service account, in characters.
pub const SERVICE_DESCRIPTION_CHARS_MAX: usize = 1_000;
/// Ranges of addresses from which one service account may call.
pub const SERVICE_ADDRESSES_MAX: usize = 50;
/// Options of one tenant. With the largest values all of them fit into one answer.
pub const OPTIONS_MAX: usize = 1_000;
/// Longest category of an option, in bytes.
pub const OPTION_CATEGORY_BYTES_MAX: usize = 255;
/// Longest key of an option, in bytes.
pub const OPTION_KEY_BYTES_MAX: usize = 255;
/// Longest value of an option, in bytes.
pub const OPTION_VALUE_BYTES_MAX: usize = 16 << 10;
/// Longest value of an option that an audit record repeats, in bytes; of a longer one it only says that it changed.
pub const OPTION_VALUE_AUDIT_BYTES_MAX: usize = 1_000;
/// Largest file, attached to an event or in the inventory, in bytes.
pub const FILE_BYTES_MAX: u64 = 50 << 20;
/// Bytes of all files of one tenant.
pub const FILE_BYTES_PER_TENANT_MAX: u64 = 10 << 30;
/// Files are stored and sent in pieces of so many bytes; of one file that comes in, about three are in memory.
pub const FILE_PIECE_BYTES: usize = 256 << 10;
/// What a form may have beside the file in it, in bytes.
pub const FORM_BYTES_MAX: usize = BODY_BYTES_MAX + (64 << 10);
/// Every piece of a file that comes in must arrive within this, in seconds.
pub const FILE_PIECE_SECONDS_MAX: u64 = 60;
/// A file that was begun is forgotten when nothing more of it came for this long, in seconds.
pub const FILE_ABANDONED_SECONDS: i64 = 600;
/// Longest name of a file, in characters; a longer one is cut off.
pub const FILE_NAME_CHARS_MAX: usize = 255;
/// Longest media type of a file, in bytes; a longer one counts as not known.
pub const FILE_MEDIA_BYTES_MAX: usize = 127;
/// Objects below a source whose data one list looks at; beyond it the answer is 422.
pub const SOURCES_BELOW_MAX: usize = 10_000;
/// Objects that were heard of since the last writing of these times; further ones wait for the next (per process).
pub const HEARD_MAX: usize = 1_000_000;
/// Devices that one bulk operation asks; a larger group is refused when it begins.
pub const BULK_DEVICES_MAX: usize = 10_000;
/// Bulk operations of one tenant that have not created everything yet.
pub const BULK_OPEN_MAX: usize = 1_000;
/// Longest time between the creation of two operations of a bulk operation, in seconds.
pub const BULK_RAMP_SECONDS_MAX: f64 = 86_400.0;
/// When the creation of operations is behind, so much of the time lost is caught up at once, in seconds.
pub const BULK_BEHIND_SECONDS_MAX: i64 = 10;
/// Sessions of realtime notifications of one principal; a further one ends the oldest.
pub const REALTIME_SESSIONS_PER_PRINCIPAL_MAX: usize = 500;
/// Of one tenant; beyond it the answer is 503.
pub const REALTIME_SESSIONS_PER_TENANT_MAX: usize = 2_000;
/// Of all tenants together; beyond it the answer is 503.
pub const REALTIME_SESSIONS_MAX: usize = 5_000;
/// Channels that one session is subscribed to.
pub const REALTIME_CHANNELS_MAX: usize = 500;
/// Notifications that wait for one session, some 50 bytes each: ids only. A session that falls further behind is ended.
pub const REALTIME_WAITING_MAX: usize = 1_000;
/// Objects of which a session remembers that they were shown to it, the latest ones.
pub const REALTIME_SEEN_MAX: usize = 200;
/// Notifications in one delivery.
pub const REALTIME_BATCH_MAX: usize = 100;
/// Bytes of documents in one delivery, about: it ends with the document that is over it.
pub const REALTIME_BATCH_BYTES_MAX: usize = 128 << 10;
/// Longest time for which a client is let wait for notifications, in seconds.
pub const REALTIME_WAIT_SECONDS_MAX: u64 = 30;
/// A session whose client does not ask for this long is ended, in seconds.
pub const REALTIME_IDLE_SECONDS_MAX: u64 = 60;
/// How often it is checked that whoever follows may still act, in seconds.
pub const REALTIME_CHECK_SECONDS: u64 = 4;
/// Messages in one request.
pub const REALTIME_MESSAGES_MAX: usize = 100;
/// Largest request with such messages, in bytes.
pub const REALTIME_BODY_BYTES_MAX: usize = 64 << 10;
/// Who opens a WebSocket without a credential must send one within this, in seconds.
pub const REALTIME_STRANGER_SECONDS_MAX: u64 = 10;
