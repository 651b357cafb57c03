ALTER TABLE accounts ADD COLUMN corrected TEXT NOT NULL DEFAULT '{}';
ALTER TABLE verdicts ADD COLUMN undone_at TEXT;
ALTER TABLE verdicts ADD COLUMN undone_by TEXT NOT NULL DEFAULT '';
CREATE INDEX merges_by_account ON merges (account);
CREATE INDEX near_misses_by_account ON near_misses (account);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    detail TEXT NOT NULL DEFAULT '{}',
    undone_at TEXT,
    undone_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_by_account ON audit (account, id);
INSERT INTO audit (at, by, action, account, detail)
    SELECT at, by, verdict, account, json_object('verdict', id, 'note', note, 'same_as', same_as)
    FROM verdicts ORDER BY id;

CREATE VIEW account_faces AS
    SELECT c.id AS account, c.profile, c.created, c.tier, c.verdict,
           coalesce(json_extract(c.corrected, '$.group'), json_extract(m.detail, '$.group'), '') AS group_name,
           coalesce(json_extract(c.corrected, '$.name'), m.name) AS name,
           coalesce(json_extract(c.corrected, '$.name_type'), m.name_type) AS name_type,
           coalesce(json_extract(c.corrected, '$.role'), m.role) AS role,
           coalesce(json_extract(c.corrected, '$.nationality'), m.nationality) AS nationality,
           coalesce(json_extract(c.corrected, '$.gender'), m.gender) AS gender,
           CASE WHEN json_type(c.corrected, '$.age') IS NULL THEN m.age
                ELSE json_extract(c.corrected, '$.age') END AS age,
           coalesce(json_extract(c.corrected, '$.exit'), m.exit) AS exit,
           coalesce(json_extract(c.corrected, '$.reasons'), m.reasons) AS reasons,
           m.evidence, m.score, a.published, substr(coalesce(a.published, c.created), 1, 7) AS month,
           a.language, a.outlet, a.source, a.title, a.url, m.article, m.id AS mention,
           (SELECT count(*) FROM mentions n WHERE n.account = c.id) AS mentions,
           (SELECT count(DISTINCT b.outlet) FROM mentions n JOIN articles b ON b.id = n.article
            WHERE n.account = c.id) AS outlets
    FROM accounts c
    JOIN mentions m ON m.id = (
        SELECT f.id FROM mentions f LEFT JOIN articles b ON b.id = f.article
        WHERE f.account = c.id ORDER BY coalesce(b.published, b.stored), f.id LIMIT 1)
    LEFT JOIN articles a ON a.id = m.article;

CREATE TABLE account_cards (
    account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    profile TEXT NOT NULL,
    created TEXT NOT NULL,
    tier TEXT NOT NULL,
    verdict TEXT NOT NULL,
    group_name TEXT NOT NULL,
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
    published TEXT,
    month TEXT NOT NULL,
    language TEXT,
    outlet TEXT,
    source TEXT,
    title TEXT,
    url TEXT,
    article INTEGER,
    mention INTEGER NOT NULL,
    mentions INTEGER NOT NULL,
    outlets INTEGER NOT NULL
) STRICT;
CREATE INDEX account_cards_by_time ON account_cards (created, account);
CREATE INDEX account_cards_by_verdict ON account_cards (verdict, tier, created);
CREATE INDEX account_cards_facets ON account_cards (
    verdict, tier, group_name, nationality, gender, role, exit, month, language, name_type, outlet, reasons);
CREATE TRIGGER cards_mention_added AFTER INSERT ON mentions BEGIN
    DELETE FROM account_cards WHERE account = new.account;
    INSERT INTO account_cards SELECT * FROM account_faces WHERE account = new.account;
END;
CREATE TRIGGER cards_mention_gone AFTER DELETE ON mentions BEGIN
    DELETE FROM account_cards WHERE account = old.account;
    INSERT INTO account_cards SELECT * FROM account_faces WHERE account = old.account;
END;
CREATE TRIGGER cards_mention_changed AFTER UPDATE ON mentions BEGIN
    DELETE FROM account_cards WHERE account IN (old.account, new.account);
    INSERT INTO account_cards SELECT * FROM account_faces WHERE account IN (old.account, new.account);
END;
CREATE TRIGGER cards_account_changed AFTER UPDATE OF tier, verdict, corrected ON accounts BEGIN
    DELETE FROM account_cards WHERE account = new.id;
    INSERT INTO account_cards SELECT * FROM account_faces WHERE account = new.id;
END;
CREATE TRIGGER cards_article_changed AFTER UPDATE OF published, language, outlet, title, url ON articles BEGIN
    DELETE FROM account_cards WHERE account IN (SELECT account FROM mentions WHERE article = new.id);
    INSERT INTO account_cards SELECT * FROM account_faces
        WHERE account IN (SELECT account FROM mentions WHERE article = new.id);
END;
INSERT INTO account_cards SELECT * FROM account_faces;

CREATE VIRTUAL TABLE mentions_fts USING fts5 (
    names, evidence, title, text, tokenize = 'unicode61 remove_diacritics 2', prefix = '3');
CREATE VIEW mention_texts AS
    SELECT m.id AS mention, m.article,
           m.name || ' ' || coalesce((SELECT group_concat(value, ' ') FROM json_each(m.detail, '$.aliases')), '') AS names,
           m.evidence, a.title, a.text
    FROM mentions m LEFT JOIN articles a ON a.id = m.article;
CREATE TRIGGER mentions_fts_added AFTER INSERT ON mentions BEGIN
    INSERT INTO mentions_fts (rowid, names, evidence, title, text)
        SELECT mention, names, evidence, title, text FROM mention_texts WHERE mention = new.id;
END;
CREATE TRIGGER mentions_fts_gone AFTER DELETE ON mentions BEGIN
    DELETE FROM mentions_fts WHERE rowid = old.id;
END;
CREATE TRIGGER mentions_fts_changed AFTER UPDATE OF name, evidence, detail ON mentions BEGIN
    DELETE FROM mentions_fts WHERE rowid = old.id;
    INSERT INTO mentions_fts (rowid, names, evidence, title, text)
        SELECT mention, names, evidence, title, text FROM mention_texts WHERE mention = new.id;
END;
CREATE TRIGGER mentions_fts_article_changed AFTER UPDATE OF title, text ON articles BEGIN
    DELETE FROM mentions_fts WHERE rowid IN (SELECT id FROM mentions WHERE article = new.id);
    INSERT INTO mentions_fts (rowid, names, evidence, title, text)
        SELECT mention, names, evidence, title, text FROM mention_texts WHERE article = new.id;
END;
INSERT INTO mentions_fts (rowid, names, evidence, title, text)
    SELECT mention, names, evidence, title, text FROM mention_texts;

CREATE TABLE source_days (
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    articles INTEGER NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER source_days_added AFTER INSERT ON articles BEGIN
    INSERT INTO source_days VALUES (new.source, substr(new.stored, 1, 10), 1)
        ON CONFLICT (source, day) DO UPDATE SET articles = articles + 1;
END;
INSERT INTO source_days SELECT source, substr(stored, 1, 10), count(*) FROM articles GROUP BY 1, 2;

DROP VIEW new_accounts;
CREATE VIEW new_accounts AS
    SELECT k.account, k.profile, k.created, k.tier, c.told, c.told_at, k.name, k.name_type, k.role,
           k.nationality, k.gender, k.age, k.exit, k.reasons, k.evidence, k.published, k.outlet, k.title, k.url,
           k.mentions
    FROM account_cards k JOIN accounts c ON c.id = k.account;
