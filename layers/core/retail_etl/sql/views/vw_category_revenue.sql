-- Revenue of each product category.
-- Grain: one row per category.
-- Order: category
-- total_revenue: Sum of purchase_amount in US dollars.

select
    category,
    cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

from public.vw_purchases
group by category
