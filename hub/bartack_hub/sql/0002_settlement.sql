-- What events claim as work, which claims are voided, and what stations are told of contradictions.
-- All but the times of "notice" follows from the events and can be made from them again.

-- The last event that is taken into account here, by "event.id".
CREATE TABLE settled (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    through INTEGER NOT NULL
) STRICT;

INSERT INTO settled (id, through) VALUES (1, 0);

-- Pieces "first" to "first + pieces - 1" of a bundle at one operation. "mono_ms" is missing where
-- "at" is when the work was done and the event was made later, by a correction for example.
CREATE TABLE claim (
    log_id INTEGER NOT NULL REFERENCES log (id),
    seq INTEGER NOT NULL,
    bundle TEXT NOT NULL,
    operation TEXT NOT NULL,
    operator TEXT NOT NULL,
    first INTEGER NOT NULL,
    pieces INTEGER NOT NULL,
    at TEXT NOT NULL,
    clock TEXT NOT NULL,
    boot TEXT NOT NULL,
    mono_ms INTEGER,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_work ON claim (bundle, operation);
CREATE INDEX claim_unsynced ON claim (log_id, boot) WHERE clock = 'unsynced';

-- What stations voided. The event may be of an older log of theirs, which may come here later;
-- what another station's log has is not theirs to void.
CREATE TABLE voided (
    log TEXT NOT NULL,
    seq INTEGER NOT NULL,
    station TEXT NOT NULL,
    PRIMARY KEY (log, seq, station)
) STRICT, WITHOUT ROWID;

-- The first event of each boot with a synchronised clock, and the time (milliseconds since 1970) at
-- which that boot's own milliseconds were 0.
CREATE TABLE boot_clock (
    log_id INTEGER NOT NULL REFERENCES log (id),
    boot TEXT NOT NULL,
    seq INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    PRIMARY KEY (log_id, boot)
) STRICT, WITHOUT ROWID;

-- The last word to a station on an event of its own; "station", "operator" and "at" are the other's.
CREATE TABLE notice (
    log_id INTEGER NOT NULL REFERENCES log (id),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    station TEXT NOT NULL,
    operator TEXT NOT NULL,
    at TEXT NOT NULL,
    bundle TEXT NOT NULL,
    operation TEXT NOT NULL,
    told_at TEXT NOT NULL,
    PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX notice_work ON notice (bundle, operation);
