ALTER TABLE mentions ADD COLUMN origin TEXT NOT NULL DEFAULT 'read' CHECK (origin IN ('read', 'list'));
ALTER TABLE mentions ADD COLUMN notes TEXT NOT NULL DEFAULT '';
