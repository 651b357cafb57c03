ALTER TABLE sources ADD COLUMN memory TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN rate TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN root REAL NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN longest REAL;
ALTER TABLE sources ADD COLUMN because TEXT NOT NULL DEFAULT '';

CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL REFERENCES sources (name) ON DELETE CASCADE,
    began TEXT NOT NULL,
    ended TEXT NOT NULL,
    entries INTEGER NOT NULL
) STRICT;
CREATE INDEX gaps_by_source ON gaps (source, ended);
CREATE INDEX gaps_by_time ON gaps (ended);

DROP VIEW source_health;
CREATE VIEW source_health AS
    SELECT s.name, s.outlet, s.kind, s.url, s.enabled, s.last_poll, s.last_success, s.last_new, s.next_poll,
           s.because, s.failures, s.last_outcome, s.last_error, s.baseline_at,
           (SELECT count(*) FROM pages p WHERE p.source = s.name AND p.state = 'pending') AS pages_waiting,
           (SELECT count(*) FROM pages p WHERE p.source = s.name AND p.state = 'failed') AS pages_failed,
           (SELECT count(*) FROM articles a WHERE a.source = s.name) AS articles,
           (SELECT count(*) FROM gaps g WHERE g.source = s.name) AS gaps,
           (SELECT max(g.ended) FROM gaps g WHERE g.source = s.name) AS last_gap
    FROM sources s;

CREATE VIEW article_latency AS
    SELECT t.*, (julianday(t.first_seen) - julianday(t.published)) * 86400.0 AS seen_seconds,
           (julianday(t.stored) - julianday(t.first_seen)) * 86400.0 AS stored_seconds,
           (julianday(t.alerted) - julianday(t.published)) * 86400.0 AS alerted_seconds
    FROM (
        SELECT a.id AS article, a.source, min(a.published, a.first_seen) AS published, a.first_seen, a.stored,
               (SELECT min(d.changed) FROM mentions m
                JOIN alerts l ON l.account = m.account AND l.kind = 'account'
                JOIN deliveries d ON d.alert = l.id AND d.state = 'sent'
                WHERE m.article = a.id AND m.id = (
                    SELECT min(n.id) FROM mentions n WHERE n.account = m.account AND n.tier = 'alert')) AS alerted
        FROM articles a WHERE a.baseline = 0) t;

CREATE VIEW source_latency AS
    WITH measured AS (
        SELECT source, 'seen' AS step, seen_seconds AS seconds FROM article_latency
        WHERE published IS NOT NULL AND published >= strftime('%Y-%m-%dT%H:%M:%fZ', first_seen, '-14 days')
        UNION ALL
        SELECT source, 'stored', stored_seconds FROM article_latency
        UNION ALL
        SELECT source, 'alerted', alerted_seconds FROM article_latency WHERE alerted_seconds IS NOT NULL),
    placed AS (
        SELECT source, step, seconds, row_number() OVER (PARTITION BY source, step ORDER BY seconds) AS place,
               count(*) OVER (PARTITION BY source, step) AS n FROM measured)
    SELECT source, step, max(n) AS articles, min(CASE WHEN place >= 0.5 * n THEN seconds END) AS p50,
           min(CASE WHEN place >= 0.95 * n THEN seconds END) AS p95
    FROM placed GROUP BY source, step;
