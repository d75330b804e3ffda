-- Purchases by city.
-- Grain: one row per city.
-- Order: total_revenue desc, city
-- total_orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- average_order_value: total_revenue by total_orders, in US dollars, rounded half up to cents.

with totals as (
    select
        city,
        count(*) as total_orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by city
)

select
    city,
    total_orders,
    total_revenue,
    cast(round(cast(total_revenue / total_orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value

from totals
