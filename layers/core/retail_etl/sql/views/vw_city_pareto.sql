-- How revenue gathers in the largest cities, in steps of one percent of the cities.
-- Grain: one row per full or started percent of cities, the largest first.
-- Order: city_percent
-- city_percent: 1 to 100; the largest cities up to this percent of all.
-- cities: How many cities these are.
-- city_share: cities by all cities, 0 to 1.
-- cumulative_revenue_share: Share of all revenue that they make, 0 to 1.

with bucketed as (
    select
        revenue_rank,
        cumulative_revenue_share,
        count(*) over () as all_cities,
        cast(ceiling(revenue_rank * 100.0 / count(*) over ()) as integer) as city_percent

    from public.vw_city_segmentation
)

select
    city_percent,
    max(revenue_rank) as cities,
    cast(
        round(cast(cast(max(revenue_rank) as decimal(18, 0)) / max(all_cities) as decimal(20, 10)), 6) as decimal(9, 6)
    ) as city_share,
    max(cumulative_revenue_share) as cumulative_revenue_share

from bucketed
group by city_percent
