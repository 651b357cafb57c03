CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    kind TEXT NOT NULL,
    outlet TEXT NOT NULL,
    language TEXT NOT NULL,
    country TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    definition TEXT NOT NULL,
    feed_url TEXT NOT NULL,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    body_hash TEXT NOT NULL DEFAULT '',
    full_at TEXT,
    next_poll TEXT NOT NULL,
    last_poll TEXT,
    last_success TEXT,
    last_new TEXT,
    baseline_at TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    last_outcome TEXT NOT NULL DEFAULT '',
    last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX sources_due ON sources (enabled, next_poll);

CREATE TABLE polls (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL REFERENCES sources (name) ON DELETE CASCADE,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    entries INTEGER NOT NULL,
    new INTEGER NOT NULL,
    seconds REAL NOT NULL,
    error TEXT NOT NULL
) STRICT;
CREATE INDEX polls_by_source ON polls (source, at);
CREATE INDEX polls_by_time ON polls (at);

CREATE TABLE entries (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    url TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_by_url ON entries (url);
CREATE INDEX entries_by_time ON entries (last_seen);

CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL REFERENCES sources (name) ON DELETE CASCADE,
    key TEXT NOT NULL,
    guid TEXT NOT NULL,
    title TEXT NOT NULL,
    published TEXT,
    baseline INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL,
    last_status INTEGER,
    last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX pages_due ON pages (state, next_try);
CREATE INDEX pages_by_source ON pages (source);

CREATE TABLE stories (
    id INTEGER PRIMARY KEY,
    created TEXT NOT NULL
) STRICT;

CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    canonical_url TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    source TEXT NOT NULL,
    outlet TEXT NOT NULL,
    title TEXT NOT NULL,
    byline TEXT NOT NULL,
    published TEXT,
    modified TEXT,
    language TEXT NOT NULL,
    section TEXT NOT NULL,
    image TEXT NOT NULL,
    credit_outlet TEXT NOT NULL,
    credit_author TEXT NOT NULL,
    partial INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ruled_out INTEGER NOT NULL,
    baseline INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    stored TEXT NOT NULL,
    story INTEGER REFERENCES stories (id),
    story_because TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL
) STRICT;
CREATE INDEX articles_by_url ON articles (url);
CREATE INDEX articles_by_published ON articles (published);
CREATE INDEX articles_by_source ON articles (source, stored);
CREATE INDEX articles_by_story ON articles (story) WHERE story IS NOT NULL;
CREATE VIRTUAL TABLE articles_fts USING fts5 (title, text, content=articles, content_rowid=id);
CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN
    INSERT INTO articles_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER articles_au AFTER UPDATE OF title, text ON articles BEGIN
    INSERT INTO articles_fts (articles_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
    INSERT INTO articles_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;

CREATE TABLE story_bands (
    band INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (band, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_bands_by_article ON story_bands (article);

CREATE TABLE findings (
    article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    profile TEXT NOT NULL,
    label TEXT NOT NULL,
    score REAL NOT NULL,
    report_score REAL NOT NULL,
    tier TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (article, profile)
) STRICT;
CREATE INDEX findings_by_tier ON findings (tier, article);

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    profile TEXT NOT NULL,
    created TEXT NOT NULL,
    tier TEXT NOT NULL,
    told TEXT NOT NULL DEFAULT '' CHECK (told IN ('', 'alert', 'baseline')),
    told_at TEXT
) STRICT;

CREATE TABLE mentions (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    profile TEXT NOT NULL,
    tier TEXT NOT NULL,
    name TEXT NOT NULL,
    name_type TEXT NOT NULL,
    role TEXT NOT NULL,
    nationality TEXT NOT NULL,
    gender TEXT NOT NULL,
    age INTEGER,
    exit TEXT NOT NULL,
    reasons TEXT NOT NULL,
    evidence TEXT NOT NULL,
    score REAL NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX mentions_by_account ON mentions (account);
CREATE INDEX mentions_by_article ON mentions (article);

CREATE TABLE account_keys (
    profile TEXT NOT NULL,
    key TEXT NOT NULL,
    mention INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    PRIMARY KEY (profile, key, mention)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_keys_by_mention ON account_keys (mention);

CREATE TABLE merges (
    id INTEGER PRIMARY KEY,
    mention INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    account INTEGER NOT NULL,
    likeness REAL NOT NULL,
    reasons TEXT NOT NULL,
    at TEXT NOT NULL,
    undone_at TEXT,
    undone_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX merges_by_mention ON merges (mention);

CREATE TABLE near_misses (
    mention INTEGER NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    likeness REAL NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (mention, account)
) STRICT;

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    account INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    created TEXT NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_by_account ON alerts (account);

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'unknown', 'failed', 'dead', 'folded')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try TEXT,
    created TEXT NOT NULL,
    changed TEXT NOT NULL,
    receipt TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (alert, channel)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_try) WHERE next_try IS NOT NULL;
CREATE INDEX deliveries_by_state ON deliveries (state, channel, changed);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    ended TEXT,
    pid INTEGER NOT NULL,
    version TEXT NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    verdict TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    by TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX verdicts_by_account ON verdicts (account);

CREATE VIEW account_mentions AS
    SELECT m.account, m.id AS mention, a.published, a.outlet, m.name, m.name_type, m.role, m.nationality, m.gender,
           m.age, m.exit, m.reasons, m.evidence, m.tier, m.score, a.title, a.url, m.article, a.story, m.profile
    FROM mentions m JOIN articles a ON a.id = m.article;

CREATE VIEW new_accounts AS
    SELECT c.id AS account, c.profile, c.created, c.tier, c.told, c.told_at, m.name, m.name_type, m.role,
           m.nationality, m.gender, m.age, m.exit, m.reasons, m.evidence, a.published, a.outlet, a.title, a.url,
           (SELECT count(*) FROM mentions n WHERE n.account = c.id) AS mentions
    FROM accounts c
    JOIN mentions m ON m.id = (
        SELECT f.id FROM mentions f JOIN articles b ON b.id = f.article
        WHERE f.account = c.id ORDER BY coalesce(b.published, b.stored), f.id LIMIT 1)
    JOIN articles a ON a.id = m.article;

CREATE VIEW source_health AS
    SELECT s.name, s.outlet, s.kind, s.url, s.enabled, s.last_poll, s.last_success, s.last_new, s.next_poll,
           s.failures, s.last_outcome, s.last_error, s.baseline_at,
           (SELECT count(*) FROM pages p WHERE p.source = s.name AND p.state = 'pending') AS pages_waiting,
           (SELECT count(*) FROM pages p WHERE p.source = s.name AND p.state = 'failed') AS pages_failed,
           (SELECT count(*) FROM articles a WHERE a.source = s.name) AS articles
    FROM sources s;

CREATE VIEW alert_log AS
    SELECT d.id, a.created, a.kind, a.title, d.channel, d.state, d.attempts, d.changed, d.next_try, d.receipt,
           d.error, a.key, a.account
    FROM deliveries d JOIN alerts a ON a.id = d.alert;
