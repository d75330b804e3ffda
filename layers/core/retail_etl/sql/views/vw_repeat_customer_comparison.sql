-- Purchases by returning customers beside those by new ones.
-- Grain: one row per value of the repeat flag.
-- Order: repeat_customer
-- number_of_purchases: Number of purchases.
-- total_revenue: Sum of purchase_amount in US dollars.
-- average_order_value: total_revenue by number_of_purchases, in US dollars, rounded half up to cents.

with totals as (
    select
        repeat_customer,
        count(*) as number_of_purchases,
        cast(sum(purchase_amount) as decimal(18, 2)) as total_revenue

    from public.vw_purchases
    group by repeat_customer
)

select
    repeat_customer,
    total_revenue,
    number_of_purchases,
    cast(
        round(cast(total_revenue / number_of_purchases as decimal(20, 10)), 2) as decimal(14, 2)
    ) as average_order_value

from totals
