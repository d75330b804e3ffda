-- The newest months by day, for the page's filters.
-- Grain: one row per day and category that has purchases.
-- Order: purchase_date, category
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.

select
    month,
    purchase_date,
    category,
    count(*) as orders,
    cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

from public.vw_recent_purchases
group by month, purchase_date, category
