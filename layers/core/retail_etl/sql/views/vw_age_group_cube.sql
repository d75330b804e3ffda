-- The newest months by age group, for the page's filters.
-- Grain: one row per month, category, payment method, discount flag, repeat flag and age group that has purchases.
-- Order: month, category, payment_method, discount_applied, repeat_customer, age_group
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- rating_total: Sum of the ratings given.
-- rated_orders: Purchases with a rating.

select
    month,
    category,
    payment_method,
    discount_applied,
    repeat_customer,
    age_group,
    count(*) as orders,
    cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue,
    coalesce(sum(rating), 0) as rating_total,
    count(rating) as rated_orders

from public.vw_recent_purchases
group by month, category, payment_method, discount_applied, repeat_customer, age_group
