-- The newest months by product, for the page's filters.
-- Grain: one row per month, category, product, city group, payment method and discount flag that has purchases.
-- Order: month, category, product_name, city_segment, top_city, payment_method, discount_applied
-- city_segment: Segment of the city, as in vw_city_segmentation.
-- top_city: The city, if it is one of the largest (vw_dashboard_parameters); empty for all others together.
-- product_name: The product, if it is one of the largest (vw_dashboard_parameters); empty for all others together.
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.

with products as (
    select
        category,
        product_name,
        row_number() over (order by total_revenue desc, category asc, product_name asc) as revenue_rank

    from public.vw_product_revenue
),

purchases as (
    select
        recent.month,
        recent.category,
        case when products.revenue_rank <= parameters.top_products then products.product_name end as product_name,
        recent.city_segment,
        recent.top_city,
        recent.payment_method,
        recent.discount_applied,
        recent.purchase_amount

    from public.vw_recent_purchases as recent
    inner join products
        on recent.category = products.category and recent.product_name = products.product_name
    cross join public.vw_dashboard_parameters as parameters
)

select
    month,
    category,
    product_name,
    city_segment,
    top_city,
    payment_method,
    discount_applied,
    count(*) as orders,
    cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

from purchases
group by month, category, product_name, city_segment, top_city, payment_method, discount_applied
