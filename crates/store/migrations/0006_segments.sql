-- Groups of customers by rule, and who belonged to them when.

-- One row a segment. The short name stands in addresses, files and other segments.
create table if not exists segments (
    workspace bigint not null references workspaces (workspace),
    slug text not null,
    name text not null,
    -- The definition, as text.
    definition text not null,
    -- The version of the history its members were last found for; nothing before that.
    seen_version bigint,
    changed_at bigint not null,
    primary key (workspace, slug)
);

-- One row a stay of a customer in a segment. The identifier is that of the source: keys mean nothing in another version.
create table if not exists memberships (
    workspace bigint not null,
    slug text not null,
    customer_id text not null,
    entered_at bigint not null,
    left_at bigint,
    primary key (workspace, slug, customer_id, entered_at)
);

create index if not exists memberships_open on memberships (workspace, slug, left_at);
