-- Mix of payment methods, month by month.
-- Grain: one row per month and payment method.
-- Order: month, payment_method
-- orders: Number of purchases.
-- order_share: orders by those of the month, 0 to 1.
-- total_revenue: Sum of purchase_amount in US dollars.
-- revenue_share: total_revenue by that of the month, 0 to 1.
-- average_order_value: total_revenue by orders, in US dollars, rounded half up to cents.

with totals as (
    select
        month,
        payment_method,
        count(*) as orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by month, payment_method
),

compared as (
    select
        month,
        payment_method,
        orders,
        total_revenue,
        cast(sum(orders) over (partition by month) as decimal(18, 0)) as all_orders,
        cast(sum(total_revenue) over (partition by month) as decimal(18, 2)) as all_revenue

    from totals
)

select
    month,
    payment_method,
    orders,
    cast(round(cast(orders / all_orders as decimal(20, 10)), 6) as decimal(9, 6)) as order_share,
    total_revenue,
    cast(round(cast(total_revenue / nullif(all_revenue, 0) as decimal(20, 10)), 6) as decimal(9, 6)) as revenue_share,
    cast(round(cast(total_revenue / orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value

from compared
