CREATE TABLE canaries (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    started TEXT NOT NULL,
    fetched TEXT,
    stored TEXT,
    arrived TEXT,
    error TEXT NOT NULL DEFAULT '',
    told INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX canaries_by_time ON canaries (started);
