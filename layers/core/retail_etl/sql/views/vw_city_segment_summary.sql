-- The four segments of cities side by side.
-- Grain: one row per segment that has cities.
-- Order: total_revenue desc, segment
-- segment: As in vw_city_segmentation.
-- cities: Number of cities.
-- city_share: cities by all cities, 0 to 1.
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- revenue_share: total_revenue by that of all cities, 0 to 1.
-- average_order_value: total_revenue by orders, in US dollars, rounded half up to cents.

with totals as (
    select
        segment,
        count(*) as cities,
        cast(sum(orders) as bigint) as orders,
        cast(sum(total_revenue) as decimal(18, 2)) as total_revenue

    from public.vw_city_segmentation
    group by segment
),

compared as (
    select
        segment,
        cities,
        orders,
        total_revenue,
        cast(sum(cities) over () as decimal(18, 0)) as all_cities,
        cast(sum(total_revenue) over () as decimal(18, 2)) as all_revenue

    from totals
)

select
    segment,
    cities,
    cast(round(cast(cities / all_cities as decimal(20, 10)), 6) as decimal(9, 6)) as city_share,
    orders,
    total_revenue,
    cast(round(cast(total_revenue / nullif(all_revenue, 0) as decimal(20, 10)), 6) as decimal(9, 6)) as revenue_share,
    cast(round(cast(total_revenue / orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value

from compared
