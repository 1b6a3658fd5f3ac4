-- Times are microseconds since 1970 in UTC, ids are hyphenated UUIDs.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id              TEXT PRIMARY KEY,
    owner           BLOB NOT NULL,
    title           TEXT NOT NULL,
    use_all_images  INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    closed_at       INTEGER,
    last_message_at INTEGER,
    total_messages  INTEGER NOT NULL DEFAULT 0,
    user_messages   INTEGER NOT NULL DEFAULT 0,
    total_tokens    INTEGER NOT NULL DEFAULT 0,
    last_preview    TEXT,
    last_question   TEXT
) STRICT;

CREATE INDEX sessions_by_owner ON sessions (owner, updated_at DESC, id);

CREATE TABLE messages (
    id                 TEXT PRIMARY KEY,
    session_id         TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    position           INTEGER NOT NULL,
    role               TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
    content            TEXT NOT NULL,
    token_count        INTEGER,
    processing_time_ms INTEGER,
    created_at         INTEGER NOT NULL,
    image_context      TEXT,
    metadata           TEXT,
    UNIQUE (session_id, position)
) STRICT;

CREATE TABLE selections (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('image', 'document', 'video')),
    position   INTEGER NOT NULL,
    item_id    TEXT NOT NULL,
    PRIMARY KEY (session_id, kind, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'cancelled')),
    plan       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX plans_by_session ON plans (session_id);

CREATE TABLE libraries (
    id   INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE items (
    id          INTEGER PRIMARY KEY,
    library_id  INTEGER NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    item_id     TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('image', 'document')),
    path        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    name        TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    size        INTEGER NOT NULL,
    width       INTEGER,
    height      INTEGER,
    caption     TEXT,
    tags        TEXT NOT NULL,
    dated_at    INTEGER NOT NULL,
    pages       INTEGER NOT NULL,
    UNIQUE (library_id, item_id)
) STRICT;

CREATE INDEX items_by_path ON items (library_id, kind, path);

-- One row for an image, one for each page of a document.
CREATE VIRTUAL TABLE passages USING fts5 (
    item UNINDEXED,
    page UNINDEXED,
    name,
    tags,
    caption,
    body,
    tokenize = "porter unicode61 remove_diacritics 2"
);

CREATE TRIGGER items_take_their_passages AFTER DELETE ON items BEGIN
    DELETE FROM passages WHERE rowid IN (SELECT passage FROM passages_of WHERE item = old.id);
    DELETE FROM passages_of WHERE item = old.id;
END;

-- FTS5 cannot look rows up by an unindexed column without a scan; this can.
CREATE TABLE passages_of (
    item    INTEGER NOT NULL,
    passage INTEGER NOT NULL,
    PRIMARY KEY (item, passage)
) STRICT, WITHOUT ROWID;
