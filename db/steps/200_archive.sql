CREATE TABLE archive_files (
    file TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'making', 'dropped')),
    created TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE archive_records (
    id INTEGER PRIMARY KEY,
    article INTEGER REFERENCES articles (id) ON DELETE SET NULL,
    url TEXT NOT NULL,
    file TEXT NOT NULL REFERENCES archive_files (file),
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL DEFAULT 0,
    sha256 TEXT NOT NULL DEFAULT '',
    kept TEXT NOT NULL
) STRICT;
CREATE INDEX archive_records_by_article ON archive_records (article);
CREATE INDEX archive_records_by_file ON archive_records (file, offset);
CREATE INDEX archive_records_by_url ON archive_records (url);
