-- Returning beside new customers of each gender.
-- Grain: one row per gender and value of the repeat flag.
-- Order: gender, repeat_customer
-- orders: Number of purchases.
-- order_share: orders by those of the gender, 0 to 1.
-- total_revenue: Sum of purchase_amount in US dollars.
-- revenue_share: total_revenue by that of the gender, 0 to 1.
-- average_order_value: total_revenue by orders, in US dollars, rounded half up to cents.
-- average_rating: Mean of the ratings given, 1 to 5; empty where nobody rated.

with totals as (
    select
        gender,
        repeat_customer,
        count(*) as orders,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue,
        cast(sum(rating) as decimal(18, 0)) as rating_total,
        count(rating) as rated_orders

    from public.vw_purchases
    group by gender, repeat_customer
),

compared as (
    select
        gender,
        repeat_customer,
        orders,
        total_revenue,
        rating_total,
        rated_orders,
        cast(sum(orders) over (partition by gender) as decimal(18, 0)) as all_orders,
        cast(sum(total_revenue) over (partition by gender) as decimal(18, 2)) as all_revenue

    from totals
)

select
    gender,
    repeat_customer,
    orders,
    cast(round(cast(orders / all_orders as decimal(20, 10)), 6) as decimal(9, 6)) as order_share,
    total_revenue,
    cast(round(cast(total_revenue / nullif(all_revenue, 0) as decimal(20, 10)), 6) as decimal(9, 6)) as revenue_share,
    cast(round(cast(total_revenue / orders as decimal(20, 10)), 2) as decimal(14, 2)) as average_order_value,
    cast(round(cast(rating_total / nullif(rated_orders, 0) as decimal(20, 10)), 3) as decimal(6, 3)) as average_rating

from compared
