-- Revenue month by month. The first and the last month are partial unless purchases reach the month's own first and
-- last day; a partial month has no growth, and the month after it neither, nor one after a gap.
-- Grain: one row per month.
-- Order: month
-- month_start: First day of the month.
-- days_covered: Days of the month between the first and the last purchase in the data.
-- is_partial: Yes if the data covers only a part of the month, else No.
-- orders: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- average_order_value: total_revenue by orders, in US dollars, rounded half up to cents.
-- revenue_per_day: total_revenue by days_covered, in US dollars; comparable between partial and whole months.
-- revenue_growth: Change of total_revenue from the month before, -0.1 is 10 % less; empty as said above.

with coverage as (
    select
        min(purchase_date) as first_day,
        max(purchase_date) as last_day

    from public.vw_purchases
),

months as (
    select
        month,
        cast(month || '-01' as date) as month_start,
        cast(date_trunc('month', cast(month || '-01' as date) + 32) as date) as next_month_start,
        count(*) as orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by month
),

covered as (
    select
        months.month,
        months.month_start,
        months.next_month_start,
        least(coverage.last_day + 1, months.next_month_start) - greatest(coverage.first_day, months.month_start)
            as days_covered,
        months.orders,
        months.total_revenue

    from months
    cross join coverage
),

compared as (
    select
        month,
        month_start,
        days_covered,
        days_covered < next_month_start - month_start as is_partial,
        orders,
        total_revenue,
        lag(total_revenue) over (order by month_start) as previous_revenue,
        lag(next_month_start) over (order by month_start) = month_start
        and lag(days_covered) over (order by month_start) = month_start - lag(month_start) over (order by month_start)
            as follows_whole_month

    from covered
)

select
    month,
    month_start,
    days_covered,
    case when is_partial then 'Yes' else 'No' end as is_partial,
    orders,
    total_revenue,
    cast(round(cast(total_revenue / orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value,
    cast(round(cast(total_revenue / days_covered as decimal(28, 10)), 2) as decimal(18, 2)) as revenue_per_day,
    case when follows_whole_month and not is_partial then cast(
        round(cast(total_revenue / nullif(previous_revenue, 0) as decimal(20, 10)), 6) - 1 as decimal(12, 6)
    ) end as revenue_growth

from compared
