-- Every city with its rank, its Pareto class and its segment. The thresholds stand in vw_dashboard_parameters.
-- Grain: one row per city.
-- Order: revenue_rank
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- average_order_value: total_revenue by orders, in US dollars, rounded half up to cents.
-- revenue_rank: 1 is the city with the most revenue; equal revenues rank by name.
-- revenue_share: total_revenue by that of all cities, 0 to 1.
-- cumulative_revenue_share: revenue_share of this city and all above it, 0 to 1.
-- pareto_class: A, B or C: the cities that make the first 80 % of revenue, the next 15 %, the rest.
-- segment: Powerhouse (many orders, much revenue), Premium Buyers (few, much), Volume Shoppers (many, little),
-- Low Potential (few, little).

with cities as (
    select
        city,
        count(*) as orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by city
),

ranked as (
    select
        city,
        orders,
        total_revenue,
        row_number() over (order by total_revenue desc, city asc) as revenue_rank,
        cast(sum(total_revenue) over () as decimal(18, 2)) as all_revenue

    from cities
),

summed as (
    select
        city,
        orders,
        total_revenue,
        revenue_rank,
        all_revenue,
        cast(
            sum(total_revenue) over (order by revenue_rank rows between unbounded preceding and current row)
            as decimal(18, 2)
        ) as cumulative_revenue

    from ranked
),

shared as (
    select
        city,
        orders,
        total_revenue,
        cast(round(cast(total_revenue / orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value,
        revenue_rank,
        cast(
            round(cast(total_revenue / nullif(all_revenue, 0) as decimal(20, 10)), 8) as decimal(11, 8)
        ) as revenue_share,
        cast(
            round(cast(cumulative_revenue / nullif(all_revenue, 0) as decimal(20, 10)), 8) as decimal(11, 8)
        ) as cumulative_revenue_share,
        (cumulative_revenue - total_revenue) / nullif(all_revenue, 0) as share_above

    from summed
)

select
    shared.city,
    shared.orders,
    shared.total_revenue,
    shared.average_order_value,
    shared.revenue_rank,
    shared.revenue_share,
    shared.cumulative_revenue_share,
    case
        when shared.share_above < parameters.pareto_a_share then 'A'
        when shared.share_above < parameters.pareto_b_share then 'B'
        else 'C'
    end as pareto_class,
    case
        when shared.orders >= parameters.segment_min_orders and shared.total_revenue >= parameters.segment_min_revenue
            then 'Powerhouse'
        when shared.total_revenue >= parameters.segment_min_revenue then 'Premium Buyers'
        when shared.orders >= parameters.segment_min_orders then 'Volume Shoppers'
        else 'Low Potential'
    end as segment

from shared
cross join public.vw_dashboard_parameters as parameters
