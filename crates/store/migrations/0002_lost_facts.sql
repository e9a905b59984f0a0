-- Imports of which facts were lost with a damaged history file.

-- One row such an import: the key of its content, which the import itself lets go of, so that the same files can be
-- imported again. It has been made whole once an import with that key is in force.
create table if not exists lost_facts (
    workspace bigint not null references workspaces (workspace),
    import_id bigint not null,
    content_key text not null,
    noticed_at bigint not null,
    primary key (workspace, import_id)
);
