-- The newest months by age group, for the page's filters.
-- Grain: one row per month, category, city group, payment method, discount flag, repeat flag and age group that has
-- purchases.
-- Order: month, category, city_segment, top_city, payment_method, discount_applied, repeat_customer, age_group
-- city_segment: Segment of the city, as in vw_city_segmentation.
-- top_city: The city, if it is one of the largest (vw_dashboard_parameters); empty for all others together.
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- sum_of_squares: Sum of the squared purchase_amount, from which the spread of any selection follows.
-- rating_total: Sum of the ratings given.
-- rated_orders: Purchases with a rating.

select
    month,
    category,
    city_segment,
    top_city,
    payment_method,
    discount_applied,
    repeat_customer,
    age_group,
    count(*) as orders,
    cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue,
    cast(sum(purchase_amount * purchase_amount) as decimal(24, 4)) as sum_of_squares,
    coalesce(sum(rating), 0) as rating_total,
    count(rating) as rated_orders

from public.vw_recent_purchases
group by month, category, city_segment, top_city, payment_method, discount_applied, repeat_customer, age_group
