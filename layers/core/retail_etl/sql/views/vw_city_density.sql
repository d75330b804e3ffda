-- How the cities below both thresholds spread: a grid of ten by ten cells up to the thresholds of
-- vw_dashboard_parameters, so that thousands of cities fit one picture.
-- Grain: one row per cell that has cities of the segment Low Potential.
-- Order: order_cell, revenue_cell
-- order_cell: 0 to 9; the cell's tenth of segment_min_orders.
-- revenue_cell: 0 to 9; the cell's tenth of segment_min_revenue.
-- orders_from: Orders of a city from which it falls in the cell.
-- orders_below: Orders of a city from which it falls in the next cell.
-- revenue_from: Revenue of a city in US dollars from which it falls in the cell.
-- revenue_below: Revenue of a city in US dollars from which it falls in the next cell.
-- cities: Number of cities.

with celled as (
    select
        cast(floor(cities.orders * 10.0 / parameters.segment_min_orders) as integer) as order_cell,
        cast(floor(cities.total_revenue * 10.0 / parameters.segment_min_revenue) as integer) as revenue_cell,
        parameters.segment_min_orders,
        parameters.segment_min_revenue

    from public.vw_city_segmentation as cities
    cross join public.vw_dashboard_parameters as parameters
    where cities.segment = 'Low Potential'
)

select
    order_cell,
    revenue_cell,
    cast(order_cell * segment_min_orders / 10.0 as decimal(18, 2)) as orders_from,
    cast((order_cell + 1) * segment_min_orders / 10.0 as decimal(18, 2)) as orders_below,
    cast(revenue_cell * segment_min_revenue / 10.0 as decimal(18, 2)) as revenue_from,
    cast((revenue_cell + 1) * segment_min_revenue / 10.0 as decimal(18, 2)) as revenue_below,
    count(*) as cities

from celled
group by order_cell, revenue_cell, segment_min_orders, segment_min_revenue
