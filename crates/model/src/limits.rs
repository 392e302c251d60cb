//! Every limit of the platform by name: bytes, counts, depth, time. A limit is enforced before the work it bounds.

mod mqtt;

pub use mqtt::*;

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
/// Most intervals into which a client may ask for series to be divided.
pub const SERIES_BUCKETS_MAX: u32 = 10_000;
/// Most parts in which one answer of series is read, each of [`QUERY_ROWS_MAX`] rows and a question of its own; beyond it
/// the answer is 422.
pub const SERIES_PARTS_MAX: usize = 100;
/// Answers of series in several parts that wait for those of their tenant before them; beyond it the answer is 503.
pub const LONG_SERIES_WAITING_MAX: usize = 32;
/// Longest query (`query=`, `q=`), in bytes.
pub const QUERY_BYTES_MAX: usize = 4 << 10;
/// `contains()` in one query: each reads whole texts.
pub const QUERY_PARTS_MAX: usize = 4;
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
/// Checkpoints of its reader that one audit export is connected with.
pub const AUDIT_KEPT_MAX: usize = 90;
/// Bytes of the decrypted inventory projection of one tenant; over it, queries read rows.
pub const PROJECTION_BYTES_MAX: usize = 256 << 20;
/// Bytes of what passes by without being stored, of one tenant, that wait to be told; the oldest are dropped for new ones.
pub const PASSING_BYTES_MAX: usize = 1 << 20;
/// How many messages came in is counted for each interval of this length, in seconds.
pub const FLOW_INTERVAL_SECONDS: i64 = 10;
/// Such intervals that are kept in memory: an hour of them.
pub const FLOW_INTERVALS: usize = 360;
/// Tenants whose messages are counted (about 35 KiB each); of more, only once others have been silent for an hour.
pub const FLOW_TENANTS_MAX: usize = 1_000;
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
/// Life of a token to set a new password that was mailed, in minutes.
pub const RESET_MAILED_MINUTES: i64 = 60;
/// Life of a token to set a new password that an administrator hands out, in minutes.
pub const RESET_HANDED_OUT_MINUTES: i64 = 24 * 60;
/// Tokens that are being mailed at the same time.
pub const RESET_MAILS_MAX: usize = 8;
/// Recovery codes that are made at once; all earlier ones are void.
pub const RECOVERY_CODES: usize = 10;
/// Age of a session in which a second factor may be set up without signing in again, in seconds.
pub const FRESH_SESSION_SECONDS: u64 = 5 * 60;
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
/// Ended tokens of one device that are remembered one by one; with one more, all tokens of that device end.
pub const ENDED_SESSIONS_MAX: usize = 100;
/// Open sessions of one user; with one more, the one ends that was not used for the longest time.
pub const OPEN_SESSIONS_MAX: usize = 50;
/// That a session is used is noted again after so many minutes.
pub const SESSION_USE_MINUTES: i64 = 10;
/// From another address, it is noted again after so many seconds.
pub const SESSION_MOVE_SECONDS: i64 = 60;
/// So many sessions are noted at the same time that they are used; what is too much is noted with a later use.
pub const SESSION_USES_MAX: usize = 64;
/// Of what a browser calls itself so many characters are kept with its session.
pub const USER_AGENT_CHARS_MAX: usize = 160;
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
/// For how many seconds an operation waits for its device where its tenant says nothing else: thirty days.
pub const OPERATION_PENDING_SECONDS_DEFAULT: u32 = 30 * 86_400;
/// Shortest time for which a tenant may let operations wait, in seconds.
pub const OPERATION_PENDING_SECONDS_MIN: u32 = 60;
/// Longest such time, in seconds: ten years.
pub const OPERATION_PENDING_SECONDS_MAX: u32 = 3_650 * 86_400;
/// Times of handing out that are kept of an operation: the first and the latest.
pub const OPERATION_HAND_OUTS_MAX: usize = 10;
/// Objects that one operation opens to its device while it is open; what it names beyond them stays closed.
pub const OPERATION_NAMES_MAX: usize = 100;
/// Objects of a device, and below these, of which it is asked whether something is lent to them; of more, the first.
pub const LENT_TO_MAX: usize = 2_000;
/// Open operations on one object that name the same thing, of which it is asked who has created them; of more, the first.
pub const LENT_BY_MAX: usize = 20;
/// For how long an operation lends what it names after its device has begun with it, in seconds.
pub const LENT_WHILE_EXECUTING_SECONDS: u32 = 7 * 24 * 60 * 60;
/// Feeds of operations of one device user; a further one ends the oldest.
pub const OPERATION_FEEDS_PER_DEVICE_MAX: usize = 4;
/// Feeds of operations of one tenant, and of the whole program; beyond them there is none.
pub const OPERATION_FEEDS_PER_TENANT_MAX: usize = 100_000;
/// Operations that wait for one feed, eight bytes each: ids only. One that falls further behind reads from the store again.
pub const OPERATIONS_WAITING_MAX: usize = 256;
/// Operations of which a feed remembers that it has handed them out, eight bytes each; of older ones it is assumed.
pub const OPERATIONS_HANDED_MAX: usize = 1_024;
/// Operations that a feed hands out at once.
pub const OPERATIONS_AT_ONCE_MAX: usize = 20;
/// Operations that fail at once because they have waited for too long.
pub const OPERATIONS_EXPIRE_AT_ONCE: usize = 200;
/// Pieces of software that are told of a device at once.
pub const SOFTWARE_AT_ONCE_MAX: usize = 10_000;
/// Operations of one device that wait or that it is at; a further one is refused. No more than a row of a device looks at,
/// so it finds every one.
pub const OPERATIONS_OPEN_PER_DEVICE_MAX: usize = DEVICE_LOOK_BACK_MAX;
/// Operations that one row of a device may end.
pub const OPERATIONS_ENDED_AT_ONCE_MAX: usize = 1_000;
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
/// Longest time that a retention rule may name, in days: ten years.
pub const RETENTION_DAYS_MAX: u32 = 3_650;
/// What the one rule of a new tenant keeps, in days.
pub const RETENTION_DAYS_DEFAULT: u32 = 60;
/// Shortest time for which records of the audit log are kept, in days, whatever a rule says.
pub const AUDIT_RETENTION_DAYS_MIN: u32 = 365;
/// Most retention rules of a tenant.
pub const RETENTION_RULES_MAX: usize = 100;
/// Most rows that are looked at to say what retention would remove.
pub const RETENTION_PREVIEW_ROWS_MAX: usize = 2_000_000;
/// Most devices whose counts wait in memory to be written; what others do is then not counted for them alone.
pub const USAGE_DEVICES_MAX: usize = 200_000;
/// How long the daily counts of single devices are kept, in days.
pub const DEVICE_DAYS_KEPT: i64 = 92;
/// How long the counts of tenants and the monthly ones of devices are kept, in days.
pub const USAGE_DAYS_KEPT: i64 = 800;
/// Most files of statistics that are kept.
pub const STATISTICS_FILES_MAX: usize = 100;
/// Most days that a file of statistics is about.
pub const STATISTICS_DAYS_MAX: i64 = 366;
/// Applications of one tenant.
pub const APPLICATIONS_MAX: usize = 500;
/// Subscriptions of one tenant, and subscribers of one application.
pub const APPLICATION_SUBSCRIPTIONS_MAX: usize = 10_000;
/// What an application says of itself beside its manifest, and the manifest, each in bytes of JSON text.
pub const APPLICATION_BYTES_MAX: usize = 32 << 10;
/// Roles that an application names.
pub const APPLICATION_ROLES_MAX: usize = 200;
/// Roles of microservices that one user or group is given.
pub const APPLICATION_ROLES_HELD_MAX: usize = 200;
/// Longest path of an application under `/apps`, in bytes.
pub const APPLICATION_PATH_BYTES_MAX: usize = 100;
/// Archives that were uploaded for one application and are kept.
pub const ARCHIVES_MAX: usize = 50;
/// Files in one archive.
pub const ARCHIVE_FILES_MAX: usize = 5_000;
/// Bytes of all files of one archive, unpacked.
pub const ARCHIVE_UNPACKED_BYTES_MAX: u64 = 200 << 20;
/// Largest file of an archive that is served, unpacked.
pub const ARCHIVE_FILE_BYTES_MAX: u64 = 20 << 20;
/// Most times that a file of an archive may be larger unpacked than packed, beyond a first mebibyte.
pub const ARCHIVE_RATIO_MAX: u64 = 200;
/// Longest path of a file in an archive, in bytes.
pub const ARCHIVE_PATH_BYTES_MAX: usize = 500;
/// Longest name of a version or of a tag, in bytes.
pub const VERSION_BYTES_MAX: usize = 64;
/// Tags on one version.
pub const VERSION_TAGS_MAX: usize = 20;
/// Files of archives that are being sent at the same time, some 400 KiB each; beyond it the answer is 503. No tenant takes
/// more of them than are left.
pub const HOSTED_FILES_AT_ONCE_MAX: usize = 256;
/// Subscriptions to reliable notifications of one tenant: all of them are in memory while something is told to somebody.
pub const NOTIFICATION_SUBSCRIPTIONS_MAX: usize = 10_000;
/// Bytes of the names of fragments of one of them, all together.
pub const SUBSCRIPTION_FRAGMENTS_BYTES_MAX: usize = 4 << 10;
/// Types in the filter of one of them.
pub const SUBSCRIPTION_TYPES_MAX: usize = 50;
/// Longest filter by type, in bytes.
pub const TYPE_FILTER_BYTES_MAX: usize = 1_000;
/// Longest name of a topic or subscriber, in bytes.
pub const TOPIC_NAME_BYTES_MAX: usize = 250;
/// Subscribers of one tenant: each has notifications waiting on disk.
pub const SUBSCRIBERS_MAX: usize = 200;
/// Subscribers that have unsubscribed and whose older tokens are remembered as void, of one tenant.
pub const SUBSCRIBERS_ENDED_MAX: usize = 10_000;
/// Notifications that wait for one subscriber, some 150 bytes each on disk: ids only. With one more the oldest goes, which
/// the audit log tells. A day of one notification each second.
pub const BACKLOG_MAX: u64 = 86_400;
/// A notification that nobody has taken for so long goes, in hours.
pub const BACKLOG_HOURS_MAX: i64 = 36;
/// A subscriber that has not connected for so long is forgotten, in days.
pub const SUBSCRIBER_DAYS_MAX: i64 = 30;
/// Groups of commits of one tenant that may wait to be sorted by subscriber; what comes on top is lost to all of them.
pub const JOURNAL_MAX: u64 = 1_000_000;
/// Groups of commits that are sorted in one step.
pub const JOURNAL_STEP_MAX: usize = 64;
/// Notifications that one step of sorting puts before subscribers, about: it ends with the group that is over it.
pub const LETTERS_STEP_MAX: usize = 5_000;
/// Notifications that a client may have taken without acknowledging them; it gets no more before it has.
pub const UNACKNOWLEDGED_MAX: usize = 1_000;
/// Clients that share one subscriber.
pub const SHARES_MAX: usize = 50;
/// Clients of all subscribers of one tenant; beyond it the answer is 503.
pub const CONSUMERS_PER_TENANT_MAX: usize = 500;
/// Clients of all subscribers of all tenants; beyond it the answer is 503. No tenant takes more of them than are left.
pub const CONSUMERS_MAX: usize = 2_000;
/// A client from which nothing is heard for so long is cut off, in seconds; a ping is enough.
pub const CONSUMER_IDLE_SECONDS_MAX: u64 = 300;
/// Longest life of a token for notifications, in minutes; a longer wish is shortened.
pub const TICKET_MINUTES_MAX: i64 = 7 * 24 * 60;
/// Life of a token for notifications when none is asked for, in minutes.
pub const TICKET_MINUTES: i64 = 24 * 60;
/// Longest name under which a device registers, in characters.
pub const DEVICE_ID_CHARS_MAX: usize = 250;
/// Requests for devices of one tenant that are open at the same time.
pub const DEVICE_REQUESTS_MAX: usize = 10_000;
/// A request for a device that nobody accepts is over after so many days.
pub const DEVICE_REQUEST_DAYS: i64 = 30;
/// An accepted one, whose device does not come for its credentials, after so many days.
pub const DEVICE_REQUEST_ACCEPTED_DAYS: i64 = 7;
/// What may be noted beside a request for a device, in bytes of JSON text.
pub const DEVICE_REQUEST_BYTES_MAX: usize = 16 << 10;
/// Longest security token of a device, in bytes.
pub const DEVICE_TOKEN_BYTES_MAX: usize = 256;
/// With so many wrong security tokens a request for a device is blocked.
pub const DEVICE_TOKENS_WRONG_MAX: u8 = 10;
/// A device that proves itself by its security token and has missed its credentials gets new ones within this, in seconds.
pub const DEVICE_AGAIN_SECONDS: i64 = 300;
/// And so often.
pub const DEVICE_AGAIN_MAX: u8 = 3;
/// Managed objects that a device's own user may own before it can create no more over MQTT: its children and services
/// among them.
pub const DEVICE_OBJECTS_MAX: usize = 5_000;
/// Documents of a device that are looked at for the latest, or oldest, of one kind.
pub const DEVICE_LOOK_BACK_MAX: usize = 2_000;
/// Lines of one file with devices.
pub const BULK_REGISTRATION_LINES_MAX: usize = 2_000;
/// Columns of one file with devices.
pub const BULK_REGISTRATION_COLUMNS_MAX: usize = 200;
/// Groups above one another that a file with devices names.
pub const BULK_REGISTRATION_PATH_MAX: usize = 20;
/// Shortest password of the user with which devices ask for their credentials: it is in many places.
pub const BOOTSTRAP_PASSWORD_CHARS_MIN: usize = 20;
/// Questions for credentials of one user for that, per second, on average: those of all devices.
pub const RATE_POLL_PER_SECOND: u64 = 200;
/// Of one address, on average.
pub const RATE_POLL_PER_ADDRESS_PER_SECOND: u64 = 20;
/// Certificates that one tenant trusts: some programs upload one for each device.
pub const TRUSTED_CERTIFICATES_MAX: usize = 2_000;
/// Trusted certificates that are added at once.
pub const TRUSTED_CERTIFICATES_AT_ONCE_MAX: usize = 100;
/// Largest certificate, in bytes of its encoded form.
pub const CERTIFICATE_BYTES_MAX: usize = 16 << 10;
/// A code that is to be signed with a certificate's key can be used for so long, in minutes.
pub const CHALLENGE_MINUTES: i64 = 60;
/// Certificates of a chain that a device shows.
pub const CHAIN_CERTIFICATES_MAX: usize = 10;
/// Certificates of a chain in a header.
pub const CHAIN_IN_HEADER_CERTIFICATES_MAX: usize = 5;
/// Origins of web pages that a tenant allows.
pub const ALLOWED_ORIGINS_MAX: usize = 50;
/// Longest origin of a web page, in bytes.
pub const ORIGIN_BYTES_MAX: usize = 300;
/// Revoked serial numbers that are sent at once.
pub const REVOCATIONS_AT_ONCE_MAX: usize = 5_000;
/// Revoked serial numbers of one tenant.
pub const REVOCATIONS_MAX: usize = 100_000;
/// A one-time password for a device's first certificate can be used for so long, in days.
pub const ENROLMENT_DAYS: i64 = 7;
/// Shortest and longest such password, in characters.
pub const ENROLMENT_PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=32;
/// Longest host that a device is asked to connect to, in bytes.
pub const REMOTE_HOST_BYTES_MAX: usize = 253;
/// Configurations of remote access of one device.
pub const REMOTE_CONFIGURATIONS_MAX: usize = 50;
/// Longest secret of such a configuration, in bytes.
pub const REMOTE_SECRET_BYTES_MAX: usize = 16 << 10;
/// Sessions of remote access to one device at the same time.
pub const REMOTE_SESSIONS_PER_DEVICE_MAX: usize = 5;
/// Of one user.
pub const REMOTE_SESSIONS_PER_USER_MAX: usize = 20;
/// Of one tenant.
pub const REMOTE_SESSIONS_PER_TENANT_MAX: usize = 100;
/// Of all tenants.
pub const REMOTE_SESSIONS_MAX: usize = 500;
/// A device that was asked to connect must do so within this, in seconds.
pub const REMOTE_ANSWER_SECONDS_MAX: u64 = 60;
/// How long a session lasts unless the tenant says otherwise, in seconds.
pub const REMOTE_SESSION_SECONDS: u64 = 8 * 3_600;
/// How long it lasts at most, whatever the tenant says, in seconds.
pub const REMOTE_SESSION_SECONDS_MAX: u64 = 24 * 3_600;
/// How long nothing may be sent in a session unless the tenant says otherwise, in seconds.
pub const REMOTE_IDLE_SECONDS: u64 = 30 * 60;
/// And at most, in seconds.
pub const REMOTE_IDLE_SECONDS_MAX: u64 = 8 * 3_600;
/// How often it is looked whether both ends may still be connected, in seconds.
pub const REMOTE_CHECK_SECONDS: u64 = 2;
/// How often each end is asked for a sign of life, in seconds; one that gives none until it is asked the third time has gone.
pub const REMOTE_PING_SECONDS: u64 = 20;
/// Largest message of a session, in bytes.
pub const REMOTE_MESSAGE_BYTES_MAX: usize = 256 << 10;
/// What an end may send before the other one is there, in bytes.
pub const REMOTE_EARLY_BYTES_MAX: usize = 64 << 10;
/// Longest token of an identity provider that is looked at, in bytes.
pub const IDENTITY_TOKEN_BYTES_MAX: usize = 16 << 10;
/// Deepest nesting of what a provider says.
pub const IDENTITY_JSON_DEPTH_MAX: usize = 16;
/// Largest answer of a provider that is read, in bytes.
pub const IDENTITY_ANSWER_BYTES_MAX: usize = 128 << 10;
/// An answer of a provider must be complete within this, in seconds.
pub const IDENTITY_ANSWER_SECONDS_MAX: u64 = 10;
/// Keys of one provider.
pub const IDENTITY_KEYS_MAX: usize = 100;
/// Clocks of providers may differ from ours by so much, in seconds.
pub const IDENTITY_SKEW_SECONDS: i64 = 60;
/// What a provider says of itself and its keys is asked anew after this, in seconds.
pub const IDENTITY_KEYS_SECONDS: u64 = 10 * 60;
/// A provider is asked for its keys before that at most this often, in seconds: for a key that is not known, or after it
/// could not be reached.
pub const IDENTITY_KEYS_AGAIN_SECONDS: u64 = 30;
/// Tenants whose providers are remembered.
pub const IDENTITY_PROVIDERS_MAX: usize = 10_000;
/// A sign-in through a provider that was begun must be over within this, in seconds.
pub const SIGN_ON_SECONDS: u64 = 10 * 60;
/// Sign-ins through providers that are under way; beyond it the answer is 503.
pub const SIGN_ONS_MAX: usize = 50_000;
/// Of these, from one address; with one more the oldest is over.
pub const SIGN_ONS_PER_ADDRESS_MAX: usize = 100;
/// Of these, from one network (an IPv6 `/48`, an IPv4 `/24`); with one more its oldest is over.
pub const SIGN_ONS_PER_NETWORK_MAX: usize = 1_000;
/// Of these, of one tenant; with one more its oldest is over.
pub const SIGN_ONS_PER_TENANT_MAX: usize = SIGN_ONS_MAX / 20;
/// Sign-ins through providers that one address may begin, per second, on average.
pub const RATE_SIGN_ON_PER_ADDRESS_PER_SECOND: u64 = 5;
/// Sign-ins that wait for a provider at the same time; beyond it the answer is 503.
pub const SIGN_ONS_AT_ONCE_MAX: usize = 64;
/// Of these, of one tenant.
pub const SIGN_ONS_AT_ONCE_PER_TENANT_MAX: usize = 8;
/// Mappings of one kind from what a provider says to rights.
pub const SIGN_ON_MAPPINGS_MAX: usize = 100;
/// Conditions in one of them.
pub const SIGN_ON_CONDITIONS_MAX: usize = 50;
/// Conditions within one another.
pub const SIGN_ON_CONDITIONS_DEPTH_MAX: usize = 8;
/// Groups, applications, objects or roles in one of them.
pub const SIGN_ON_GIVEN_MAX: usize = 50;
/// Users made here who may come in through a provider.
pub const SIGN_ON_LINKS_MAX: usize = 1_000;
/// Parameters that are sent to a provider beside those of the protocol.
pub const SIGN_ON_PARAMETERS_MAX: usize = 20;
/// Longest text of any of these, in characters.
pub const SIGN_ON_TEXT_CHARS_MAX: usize = 1_000;

/// Certificates that are remembered of a device: those with which it signed in last.
pub const USED_CERTIFICATES_MAX: usize = 5;

/// Trusted certificates that are looked at for one chain, of all tenants together.
pub const ANCHORS_TRIED_MAX: usize = 256;
/// How many of these are of the tenant that the device names.
pub const ANCHORS_TRIED_OF_NAMED_MAX: usize = 32;
/// How many of these are of any other tenant, so that none of them takes the places of all.
pub const ANCHORS_TRIED_OF_OTHER_MAX: usize = 8;

/// Days after the end of an issued certificate until it leaves the list of those that were issued.
pub const ISSUED_KEPT_DAYS: i64 = 30;

/// Rows of issued certificates that one commit removes.
pub const ISSUED_REMOVED_MAX: usize = 500;

/// Life of a device's token when the tenant says nothing, in seconds.
pub const DEVICE_TOKEN_SECONDS: u32 = 60 * 60;

/// Shortest life of a device's token, in seconds.
pub const DEVICE_TOKEN_SECONDS_MIN: u32 = 5 * 60;
/// Longest reason for a disconnection or a step of taking a device out of service, in characters.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Names under which one device could come back: so many of its external ids count.
pub const DEVICE_NAMES_MAX: usize = 20;
/// Objects of a device's user that are looked at to see whose user it is besides; of more, only who lets devices in decides.
pub const OBJECTS_OF_DEVICE_MAX: usize = 1_000;
/// Operations that one commit cancels when a device is disconnected.
pub const CANCELLED_AT_ONCE_MAX: usize = 200;
/// Commits after the first that cancel operations when a device is disconnected.
pub const CANCEL_COMMITS_MAX: usize = 100;
/// Devices below one another that a preview of a disconnection names.
pub const OWN_CHILDREN_SHOWN_MAX: usize = 100;
/// Security events of one device that become audit records of their own, per hour; more are counted together.
pub const DEVICE_REPORTS_PER_HOUR_MAX: u32 = 600;
/// Longest text that an audit record takes over from a device, in characters.
pub const DEVICE_REPORT_TEXT_CHARS_MAX: usize = 1_000;
/// Longest name of a device's own log of security events, in characters.
pub const DEVICE_LOG_NAME_CHARS_MAX: usize = 64;
/// Certificates that one device gets by renewal in a day: each is to be revoked with it, in one commit.
pub const RENEWALS_PER_DAY_MAX: usize = 20;
