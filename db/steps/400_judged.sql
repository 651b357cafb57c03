CREATE VIEW judged_alerts AS
    SELECT a.id AS alert, a.key, a.account, a.created,
           date(substr(a.created, 1, 10), '-6 days', 'weekday 1') AS week,
           coalesce(json_extract(a.payload, '$.profile'), '') AS profile,
           coalesce(json_extract(a.payload, '$.source'), '') AS source,
           coalesce(json_extract(a.payload, '$.score'), 0.0) AS score,
           (SELECT json_group_array(route) FROM (
               SELECT DISTINCT coalesce(nullif(d.route, ''), 'default') AS route FROM deliveries d
               WHERE d.alert = a.id ORDER BY 1)) AS routes,
           (SELECT json_group_array(rule) FROM (
               SELECT json_extract(w.value, '$.name') AS rule FROM json_each(a.payload, '$.why') w
               WHERE json_extract(w.value, '$.weight') > 0 AND json_extract(w.value, '$.name') <> 'bias'
               ORDER BY json_extract(w.value, '$.weight') DESC LIMIT 3)) AS rules,
           (SELECT v.verdict FROM verdicts v WHERE v.account = a.account AND v.undone_at IS NULL
            ORDER BY v.id DESC LIMIT 1) AS verdict
    FROM alerts a WHERE a.kind = 'account';
