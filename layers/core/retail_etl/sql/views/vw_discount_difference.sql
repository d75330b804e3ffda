-- How the average order differs with a discount. It is a difference between two groups of purchases, not an uplift:
-- nobody chose by lot who got a discount.
-- Grain: one row per category.
-- Order: category
-- orders_with_discount: Purchases with a discount.
-- orders_without_discount: Purchases without.
-- average_with_discount: Average order with a discount, in US dollars; empty where there is none.
-- average_without_discount: Average order without a discount, in US dollars; empty where there is none.
-- difference: average_with_discount less average_without_discount before they are rounded, in US dollars.
-- margin_of_error: Half the width of the 95 % interval of difference; if it exceeds the difference, chance explains it.

with flagged as (
    select
        category,
        cast(purchase_amount as double precision) as amount,
        case when discount_applied = 'Yes' then cast(purchase_amount as double precision) end as amount_with,
        case when discount_applied = 'No' then cast(purchase_amount as double precision) end as amount_without

    from public.vw_purchases
),

measured as (
    select
        category,
        count(amount_with) as orders_with,
        count(amount_without) as orders_without,
        avg(amount_with) as average_with,
        avg(amount_without) as average_without,
        var_samp(amount_with) / nullif(count(amount_with), 0)
        + var_samp(amount_without) / nullif(count(amount_without), 0) as variance

    from flagged
    group by category
)

select
    category,
    orders_with as orders_with_discount,
    orders_without as orders_without_discount,
    cast(round(cast(average_with as decimal(20, 10)), 2) as decimal(14, 2)) as average_with_discount,
    cast(round(cast(average_without as decimal(20, 10)), 2) as decimal(14, 2)) as average_without_discount,
    cast(round(cast(average_with - average_without as decimal(20, 10)), 2) as decimal(14, 2)) as difference,
    cast(round(cast(1.96 * sqrt(variance) as decimal(20, 10)), 2) as decimal(14, 2)) as margin_of_error

from measured
