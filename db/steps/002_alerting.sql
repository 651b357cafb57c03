ALTER TABLE deliveries ADD COLUMN pace TEXT NOT NULL DEFAULT 'now';
ALTER TABLE deliveries ADD COLUMN route TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN verdict TEXT NOT NULL DEFAULT '';
ALTER TABLE verdicts ADD COLUMN same_as INTEGER;
CREATE INDEX verdicts_by_time ON verdicts (at);
CREATE INDEX alerts_by_time ON alerts (created);
CREATE TABLE mutes (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('account', 'story', 'source')),
    what TEXT NOT NULL,
    until TEXT,
    by TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    ended_at TEXT
) STRICT;
CREATE INDEX mutes_by_what ON mutes (kind, what);
