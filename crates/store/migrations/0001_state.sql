-- The first state of Regulars: workspaces, the catalogue of history files, imports, saved maps, notes.
-- One text for SQLite and PostgreSQL: times are microseconds since 1970-01-01T00:00Z in bigint, JSON is text.

-- One row a workspace: its settings, and the one counter that every change of the history moves.
create table if not exists workspaces (
    workspace bigint not null primary key,
    -- The state of the history: grows by one with every commit.
    version bigint not null default 0,
    -- The last file id given out. While it is 0 there is no history, and the number of buckets may still change.
    last_file bigint not null default 0,
    -- Facts older than this are complete, as far as the sources say; null when nobody said so.
    watermark bigint,
    name text not null,
    zone text not null,
    currency text,
    week_start text not null check (week_start in ('monday', 'sunday', 'saturday')),
    language text not null,
    buckets integer not null check (buckets between 1 and 4096),
    definitions text not null
);

-- One row a kind of number that must never be given out twice.
create table if not exists counters (
    workspace bigint not null,
    name text not null,
    last bigint not null,
    primary key (workspace, name)
);

-- One row a history file, live or removed. A removed one keeps its row until the file itself is gone from the disk.
create table if not exists files (
    workspace bigint not null references workspaces (workspace),
    id bigint not null,
    table_name text not null,
    bucket integer not null,
    path text not null,
    row_count bigint not null,
    byte_count bigint not null,
    min_at bigint,
    max_at bigint,
    min_customer bigint not null,
    max_customer bigint not null,
    checksum text not null,
    added_version bigint not null,
    removed_version bigint,
    removed_at bigint,
    primary key (workspace, id),
    check ((removed_version is null) = (removed_at is null))
);

-- A path is used once: deleting a removed file can never hit a live one.
create unique index if not exists files_path on files (workspace, path);
create index if not exists files_live on files (workspace) where removed_version is null;
create index if not exists files_removed on files (workspace, removed_at) where removed_version is not null;

-- One row an attribute that some history table carries beside its own columns.
create table if not exists attributes (
    workspace bigint not null references workspaces (workspace),
    table_name text not null,
    name text not null,
    kind text not null,
    primary key (workspace, table_name, name)
);

-- One row an import. A ledger: an undone import keeps its row and gains the version that undid it.
create table if not exists imports (
    workspace bigint not null references workspaces (workspace),
    id bigint not null,
    imported_at bigint not null,
    files text not null,
    content_key text not null,
    map_name text not null,
    map_text text not null,
    facts bigint not null,
    duplicates bigint not null,
    rejects bigint not null,
    counts text not null,
    rejects_path text,
    min_at bigint,
    max_at bigint,
    version bigint not null,
    undone_version bigint,
    undone_at bigint,
    primary key (workspace, id),
    check ((undone_version is null) = (undone_at is null))
);

-- The same content is in force once; after an undo it may come again.
create unique index if not exists imports_content on imports (workspace, content_key)
    where undone_version is null and content_key <> '';

-- One row a saved map: how files with this fingerprint of columns are read.
create table if not exists maps (
    workspace bigint not null references workspaces (workspace),
    fingerprint text not null,
    name text not null,
    body text not null,
    saved_at bigint not null,
    primary key (workspace, fingerprint)
);

-- One row a note that people pinned to a date of the time axis. Days are counted from 1970-01-01.
create table if not exists notes (
    workspace bigint not null references workspaces (workspace),
    id bigint not null,
    noted_day integer not null,
    body text not null,
    noted_at bigint not null,
    primary key (workspace, id)
);
