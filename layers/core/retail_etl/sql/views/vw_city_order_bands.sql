-- How many cities buy how often.
-- Grain: one row per band of orders a city that has cities.
-- Order: band_rank
-- order_band: Purchases of one city in all.
-- band_rank: 1 is the band of the fewest purchases.
-- cities: Number of cities.
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.

with banded as (
    select
        orders,
        total_revenue,
        case
            when orders = 1 then 1
            when orders = 2 then 2
            when orders < 5 then 3
            when orders < 10 then 4
            when orders < 20 then 5
            when orders < 50 then 6
            when orders < 100 then 7
            else 8
        end as band_rank

    from public.vw_city_segmentation
)

select
    case band_rank
        when 1 then '1'
        when 2 then '2'
        when 3 then '3-4'
        when 4 then '5-9'
        when 5 then '10-19'
        when 6 then '20-49'
        when 7 then '50-99'
        else '100+'
    end as order_band,
    band_rank,
    count(*) as cities,
    cast(sum(orders) as bigint) as orders,
    cast(sum(total_revenue) as decimal(18, 2)) as total_revenue

from banded
group by band_rank
