-- Links by which others read one page of ours until a day comes.

-- One row a link that has not been taken back. The secret part of its address is not here, only a hash of it: whoever
-- reads this table can open nothing.
create table if not exists share_links (
    workspace bigint not null references workspaces (workspace),
    id bigint not null,
    token_hash text not null,
    -- The page and what was asked of it, as an address within the site.
    path text not null,
    created_at bigint not null,
    -- From this instant on there is nothing behind it.
    until bigint not null,
    primary key (workspace, id),
    check (until > created_at)
);

create unique index if not exists share_links_hash on share_links (workspace, token_hash);
