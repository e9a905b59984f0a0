-- One row a currency of orders (null where none is told): orders, and those of them without an amount.
select currency, count(*) as orders, count(*) - count(amount) as unknown
from orders
group by currency
order by orders desc
