CREATE VIEW alert_latency AS
    SELECT t.*, (julianday(t.first_seen) - julianday(t.published)) * 86400.0 AS seen_seconds,
           (julianday(t.stored) - julianday(t.first_seen)) * 86400.0 AS stored_seconds,
           (julianday(t.alerted) - julianday(t.stored)) * 86400.0 AS delivered_seconds,
           (julianday(t.alerted) - julianday(t.published)) * 86400.0 AS alerted_seconds
    FROM (
        SELECT l.id AS alert, l.kind, l.account, a.id AS article, a.source, d.channel,
               min(a.published, a.first_seen) AS published, a.first_seen, a.stored, l.created,
               CASE WHEN d.state = 'sent' THEN d.changed END AS alerted
        FROM alerts l JOIN deliveries d ON d.alert = l.id JOIN articles a ON a.id = CASE l.kind
            WHEN 'account' THEN (SELECT min(m.article) FROM mentions m WHERE m.account = l.account AND m.tier = 'alert')
            ELSE CAST(substr(l.key, length('follow-up-' || l.account) + 2) AS INTEGER) END
        WHERE l.kind IN ('account', 'follow-up')) t;
