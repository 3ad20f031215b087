-- What is open at a station, one JSON row each: begun and held work, faults and what they took,
-- repairs that a neighbour is to confirm, time off standard, calls. They may wait for long, and a
-- commit writes only those that changed.
CREATE TABLE waiting (
    part TEXT NOT NULL,
    key  TEXT NOT NULL,
    row  TEXT NOT NULL,
    PRIMARY KEY (part, key)
) STRICT, WITHOUT ROWID;
