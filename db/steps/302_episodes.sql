CREATE TABLE episodes (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL REFERENCES sources (name) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    began TEXT NOT NULL,
    ended TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX episodes_by_source ON episodes (source, kind, began);

CREATE VIEW source_troubles AS
    SELECT e.source, s.outlet, e.kind, e.began, e.body FROM episodes e JOIN sources s ON s.name = e.source
    WHERE e.ended IS NULL AND s.enabled = 1;
