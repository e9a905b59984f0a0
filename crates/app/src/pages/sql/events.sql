-- One row a name of events: how many, by how many customers, from when to when.
select
    coalesce(name, '') as name,
    count(*) as events,
    count(distinct customer) as customers,
    min(at) as first,
    max(at) as last
from events
group by coalesce(name, '')
order by events desc, name
