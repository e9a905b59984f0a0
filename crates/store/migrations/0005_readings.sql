-- What an import took for granted, so that the same lines are read the same way again.

-- One row a file of an import. Zone and currency are those of the workspace as they were: times and amounts that name
-- none of their own were read with them, and facts that were read with others are other facts.
create table if not exists readings (
    workspace bigint not null,
    import_id bigint not null,
    position integer not null,
    -- The layout: the same for every file with these columns.
    fingerprint text not null,
    -- A checksum of the file's bytes, and one of the map it was read with.
    content text not null,
    map_key text not null,
    -- The tables it brought facts for, joined by commas.
    tables text not null,
    zone text not null,
    currency text,
    primary key (workspace, import_id, position)
);

create index if not exists readings_layout on readings (workspace, fingerprint);
create index if not exists readings_content on readings (workspace, content);
