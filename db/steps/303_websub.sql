CREATE TABLE subscriptions (
    source TEXT PRIMARY KEY REFERENCES sources (name) ON DELETE CASCADE,
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'named' CHECK (state IN ('named', 'active', 'denied')),
    asked TEXT,
    expires TEXT,
    next_try TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT '',
    pushes INTEGER NOT NULL DEFAULT 0,
    articles INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    last_push TEXT,
    missed TEXT
) STRICT;
CREATE INDEX subscriptions_by_time ON subscriptions (next_try);

CREATE VIEW push_health AS
    SELECT u.source, s.outlet, u.hub, u.topic, u.state, u.asked, u.expires, u.next_try, u.attempts, u.why, u.pushes,
           u.articles, u.rejected, u.last_push, u.missed
    FROM subscriptions u JOIN sources s ON s.name = u.source WHERE s.enabled = 1;
