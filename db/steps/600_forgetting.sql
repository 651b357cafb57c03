CREATE TABLE erasures (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('account', 'url', 'source', 'rejected', 'old')),
    state TEXT NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'files', 'sweep', 'done')),
    asked TEXT NOT NULL,
    by TEXT NOT NULL,
    ended TEXT,
    task TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX erasures_open ON erasures (id) WHERE state <> 'done';

CREATE TABLE forgotten (
    kind TEXT NOT NULL CHECK (kind IN ('key', 'url', 'text', 'name')),
    hash TEXT NOT NULL,
    erasure INTEGER NOT NULL,
    PRIMARY KEY (kind, hash, erasure)
) STRICT, WITHOUT ROWID;
