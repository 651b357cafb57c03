CREATE TABLE second_readings (
    article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    profile TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL,
    at TEXT NOT NULL,
    model TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    answer TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (article, profile)
) STRICT, WITHOUT ROWID;
CREATE INDEX second_readings_due ON second_readings (state, next_try);

CREATE TABLE second_reader_calls (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX second_reader_calls_by_time ON second_reader_calls (at);
