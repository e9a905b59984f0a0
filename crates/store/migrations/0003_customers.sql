-- What the team keeps beside the customers: lists to come back to, and notes about one customer.

-- One row a saved view of the list of customers: a name, and the parameters of its address.
create table if not exists saved_views (
    workspace bigint not null references workspaces (workspace),
    id bigint not null,
    name text not null,
    address text not null,
    saved_at bigint not null,
    primary key (workspace, id)
);

-- A name stands for one view.
create unique index if not exists saved_views_name on saved_views (workspace, name);

-- One row a note about a customer. The identifier is that of the source, so that notes survive whatever happens to imports.
create table if not exists customer_notes (
    workspace bigint not null references workspaces (workspace),
    id bigint not null,
    customer_id text not null,
    body text not null,
    noted_at bigint not null,
    primary key (workspace, id)
);

create index if not exists customer_notes_of on customer_notes (workspace, customer_id);
