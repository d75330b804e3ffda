-- Purchases with and without a discount in each category.
-- Grain: one row per category and value of the discount flag.
-- Order: category, discount_applied
-- orders: Number of purchases.
-- order_share: orders by those of the category, 0 to 1.
-- total_revenue: Sum of purchase_amount in US dollars.
-- revenue_share: total_revenue by that of the category, 0 to 1.
-- average_order_value: total_revenue by orders, in US dollars, rounded half up to cents.

with totals as (
    select
        category,
        discount_applied,
        count(*) as orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by category, discount_applied
),

compared as (
    select
        category,
        discount_applied,
        orders,
        total_revenue,
        cast(sum(orders) over (partition by category) as decimal(18, 0)) as all_orders,
        cast(sum(total_revenue) over (partition by category) as decimal(18, 2)) as all_revenue

    from totals
)

select
    category,
    discount_applied,
    orders,
    cast(round(cast(orders / all_orders as decimal(20, 10)), 6) as decimal(9, 6)) as order_share,
    total_revenue,
    cast(round(cast(total_revenue / nullif(all_revenue, 0) as decimal(20, 10)), 6) as decimal(9, 6)) as revenue_share,
    cast(round(cast(total_revenue / orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value

from compared
