-- The station's ledger, first version.

-- Events in order. body is the canonical JSON with its hash; nothing in it is ever updated.
CREATE TABLE event (
    seq  INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- Who was credited with a bundle and operation: the projection that makes a count happen once.
CREATE TABLE credit (
    bundle    TEXT NOT NULL,
    operation TEXT NOT NULL,
    operator  TEXT NOT NULL,
    pieces    INTEGER NOT NULL,
    at        TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (bundle, operation)
) STRICT, WITHOUT ROWID;

-- Where the log ends: session and totals by day as of its last event, and that event's number and
-- hash signed by the station (number, hash, public key, signature). One JSON document each.
CREATE TABLE head (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    state  TEXT NOT NULL,
    signed TEXT NOT NULL
) STRICT;

-- Reference data from the hub, whole tables, so that the station works offline after a restart.
CREATE TABLE reference (
    name    TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    sha256  TEXT NOT NULL,
    rows    TEXT NOT NULL
) STRICT;

-- Events of a damaged ledger that this one replaced, until the hub has them.
CREATE TABLE salvaged (
    log  TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

-- What is known of that ledger, as one JSON document, until the first event here tells it.
CREATE TABLE replaced (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    body TEXT NOT NULL
) STRICT;

-- This file's log id, and the hub's watermark: events up to acked may be pruned.
CREATE TABLE log (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    log   TEXT NOT NULL,
    acked INTEGER NOT NULL
) STRICT;
