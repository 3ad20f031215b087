-- Bundles, by their code or their tag, that stations of a line were shown and did not know. The
-- newest of each line are kept; what is of another line is told to it.

CREATE TABLE asked (
    line TEXT NOT NULL,
    code TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (line, code)
) STRICT, WITHOUT ROWID;

INSERT INTO asked (line, code, at)
SELECT json_extract(body, '$.line'), json_extract(body, '$.bundle'), max(received_at)
FROM event WHERE type = 'work.held' GROUP BY 1, 2;

CREATE INDEX reference_row_bundle ON reference_row (json_extract(row, '$.bundle'))
WHERE name = 'bundles';

CREATE INDEX reference_row_tag ON reference_row (json_extract(row, '$.tag'))
WHERE name = 'bundles';
