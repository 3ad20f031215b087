-- The hub's store. Events are append-only: what is committed is neither edited nor deleted.

CREATE TABLE site (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
) STRICT;

-- One ledger of one station. "through" is its watermark: no event up to it is missing.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    log TEXT NOT NULL UNIQUE,
    line TEXT NOT NULL,
    station TEXT NOT NULL,
    through INTEGER NOT NULL DEFAULT 0,
    highest INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL
) STRICT;

-- Events that a station can no longer send, because it pruned what an earlier store had confirmed.
-- The watermark passes them; whoever checks the log is told.
CREATE TABLE missing (
    log_id INTEGER NOT NULL REFERENCES log (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    told_at TEXT NOT NULL,
    PRIMARY KEY (log_id, first)
) STRICT, WITHOUT ROWID;

-- The newest head of each log that its station signed and that is committed here. The key of the
-- first one is the log's for ever.
CREATE TABLE signed_head (
    log_id INTEGER PRIMARY KEY REFERENCES log (id),
    body TEXT NOT NULL
) STRICT;

-- Keys that a person, or being the first of its station, made the station's own.
CREATE TABLE trusted_key (
    station TEXT NOT NULL,
    key TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (station, key)
) STRICT;

-- "id" is the order of commits. "body" is the event's canonical form, "hash" and "prev" as bytes.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    log_id INTEGER NOT NULL REFERENCES log (id),
    seq INTEGER NOT NULL CHECK (seq > 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    prev BLOB NOT NULL CHECK (length(prev) = 32),
    type TEXT NOT NULL,
    received_at TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (log_id, seq)
) STRICT;

CREATE INDEX event_received_at ON event (received_at);

CREATE TRIGGER event_stays BEFORE UPDATE ON event
BEGIN
    SELECT raise(ABORT, 'committed events are not edited');
END;

CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN
    SELECT raise(ABORT, 'committed events are not deleted');
END;

-- The last status of every station, so that a restarted hub shows them at once.
CREATE TABLE station_status (
    line TEXT NOT NULL,
    station TEXT NOT NULL,
    document TEXT NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (line, station)
) STRICT;

-- What came and was not merged. Events that contradict the committed ones name their log;
-- messages that could not be read at all have an empty one.
CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    topic TEXT NOT NULL,
    log TEXT NOT NULL DEFAULT '',
    seq INTEGER,
    size_bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    body BLOB NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    UNIQUE (kind, topic, sha256)
) STRICT;

CREATE INDEX set_aside_log ON set_aside (log, id);

CREATE TABLE set_aside_count (
    kind TEXT PRIMARY KEY,
    times INTEGER NOT NULL
) STRICT;

-- Reference data as imported: one version a table, its rows as JSON of text.
CREATE TABLE reference_table (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL,
    imported_at TEXT NOT NULL
) STRICT;

CREATE TABLE reference_row (
    name TEXT NOT NULL REFERENCES reference_table (name),
    position INTEGER NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (name, position)
) STRICT;

-- The most chunks that a table ever had on a line: retained topics to clear when it shrinks.
CREATE TABLE reference_chunk (
    line TEXT NOT NULL,
    name TEXT NOT NULL,
    most INTEGER NOT NULL,
    PRIMARY KEY (line, name)
) STRICT;
