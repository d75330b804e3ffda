-- Purchases by way of payment.
-- Grain: one row per payment method.
-- Order: payment_method
-- num_orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- average_order_value: total_revenue by num_orders, in US dollars, rounded half up to cents.

with totals as (
    select
        payment_method,
        count(*) as num_orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by payment_method
)

select
    payment_method,
    num_orders,
    total_revenue,
    cast(round(cast(total_revenue / num_orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value

from totals
