-- What the data covers, in one line.
-- Grain: exactly one row.
-- Order: orders
-- first_purchase_date: Day of the first purchase; empty while there is none.
-- last_purchase_date: Day of the last purchase; the data is complete up to here at most.
-- months: Months with at least one purchase.
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- customers: Distinct customer_id.
-- cities: Distinct cities.
-- products: Distinct products, counted within their category.

select
    min(purchase_date) as first_purchase_date,
    max(purchase_date) as last_purchase_date,
    count(distinct month) as months,
    count(*) as orders,
    cast(coalesce(sum(purchase_amount), 0) as decimal(18, 2)) as total_revenue,
    count(distinct customer_id) as customers,
    count(distinct city) as cities,
    count(distinct category || ': ' || product_name) as products

from public.vw_purchases
