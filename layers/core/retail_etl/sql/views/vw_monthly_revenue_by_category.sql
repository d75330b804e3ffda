-- Revenue of each product category, month by month.
-- Grain: one row per category and month.
-- Order: month, category
-- monthly_revenue: Sum of purchase_amount in US dollars.

select
    category,
    month,
    cast(sum(purchase_amount) as decimal(18, 2)) as monthly_revenue

from public.vw_purchases
group by category, month
