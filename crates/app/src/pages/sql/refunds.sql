-- One row: refunds, and those of them that name an order nobody knows, or none.
select count(*) as refunds, count(*) - count(orders.order_id) as alone
from refunds
left join (select distinct order_id from orders where order_id is not null) as orders
    on refunds.order_id = orders.order_id
