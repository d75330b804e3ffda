-- Purchases with a discount beside those without.
-- Grain: one row per value of the discount flag.
-- Order: discount_applied
-- number_of_orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- average_order_value: total_revenue by number_of_orders, in US dollars, rounded half up to cents.

with totals as (
    select
        discount_applied,
        count(*) as number_of_orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by discount_applied
)

select
    discount_applied,
    number_of_orders,
    total_revenue,
    cast(round(cast(total_revenue / number_of_orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value

from totals
