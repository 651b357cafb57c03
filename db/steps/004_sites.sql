CREATE TABLE furniture (
    article INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    outlet TEXT NOT NULL,
    prints TEXT NOT NULL
) STRICT;
CREATE INDEX furniture_by_outlet ON furniture (outlet, article);
