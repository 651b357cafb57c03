ALTER TABLE gaps ADD COLUMN state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'filled', 'unfillable'));
ALTER TABLE gaps ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE gaps ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE gaps ADD COLUMN articles INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE gaps ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gaps ADD COLUMN next_try TEXT;
ALTER TABLE gaps ADD COLUMN closed TEXT;
CREATE INDEX gaps_by_state ON gaps (state, next_try);

CREATE VIEW unfilled_gaps AS
    SELECT g.source, s.outlet, g.began, g.ended, (julianday(g.ended) - julianday(g.began)) * 24.0 AS hours, g.state,
           g.why, g.attempts, g.next_try
    FROM gaps g JOIN sources s ON s.name = g.source WHERE g.state <> 'filled';

DROP VIEW source_health;
CREATE VIEW source_health AS
    SELECT s.name, s.outlet, s.kind, s.url, s.enabled, s.last_poll, s.last_success, s.last_new, s.next_poll,
           s.because, s.failures, s.last_outcome, s.last_error, s.baseline_at,
           (SELECT count(*) FROM pages p WHERE p.source = s.name AND p.state = 'pending') AS pages_waiting,
           (SELECT count(*) FROM pages p WHERE p.source = s.name AND p.state = 'failed') AS pages_failed,
           (SELECT count(*) FROM articles a WHERE a.source = s.name) AS articles,
           (SELECT count(*) FROM gaps g WHERE g.source = s.name) AS gaps,
           (SELECT max(g.ended) FROM gaps g WHERE g.source = s.name) AS last_gap,
           (SELECT count(*) FROM gaps g WHERE g.source = s.name AND g.state <> 'filled') AS gaps_unfilled
    FROM sources s;
