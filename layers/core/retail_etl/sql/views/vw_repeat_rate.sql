-- The shop's repeat flag beside what the purchases themselves show.
-- Grain: exactly one row.
-- Order: orders
-- orders: Number of purchases.
-- flagged_orders: Purchases whose repeat flag is Yes.
-- flagged_rate: flagged_orders by orders, 0 to 1; empty while there are none.
-- customers: Distinct customer_id.
-- returning_customers: Customers with more than one purchase in the data.
-- observed_rate: returning_customers by customers, 0 to 1; empty while there are none.

with customers as (
    select
        customer_id,
        count(*) as orders,
        sum(case when repeat_customer = 'Yes' then 1 else 0 end) as flagged_orders

    from public.vw_purchases
    group by customer_id
),

totals as (
    select
        cast(coalesce(sum(orders), 0) as bigint) as orders,
        cast(coalesce(sum(flagged_orders), 0) as decimal(18, 0)) as flagged_orders,
        count(*) as customers,
        cast(count(case when orders > 1 then 1 end) as decimal(18, 0)) as returning_customers

    from customers
)

select
    orders,
    cast(flagged_orders as bigint) as flagged_orders,
    cast(round(cast(flagged_orders / nullif(orders, 0) as decimal(20, 10)), 6) as decimal(9, 6)) as flagged_rate,
    customers,
    cast(returning_customers as bigint) as returning_customers,
    cast(
        round(cast(returning_customers / nullif(customers, 0) as decimal(20, 10)), 6) as decimal(9, 6)
    ) as observed_rate

from totals
