-- Revenue of each product.
-- Grain: one row per category and product.
-- Order: total_revenue desc, category, product_name
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- revenue_share: total_revenue by that of all products, 0 to 1.
-- average_order_value: total_revenue by orders, in US dollars, rounded half up to cents.

with totals as (
    select
        category,
        product_name,
        count(*) as orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by category, product_name
),

compared as (
    select
        category,
        product_name,
        orders,
        total_revenue,
        cast(sum(total_revenue) over () as decimal(18, 2)) as all_revenue

    from totals
)

select
    category,
    product_name,
    orders,
    total_revenue,
    cast(round(cast(total_revenue / nullif(all_revenue, 0) as decimal(20, 10)), 6) as decimal(9, 6)) as revenue_share,
    cast(round(cast(total_revenue / orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value

from compared
