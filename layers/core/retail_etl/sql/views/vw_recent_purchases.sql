-- Purchases of the newest months, as many as the page's filters reach back.
-- Grain: one row per purchase.

with newest as (
    select max(month) as last_month
    from public.vw_purchases
),

bounds as (
    select
        cast(substring(newest.last_month, 1, 4) as integer) * 12
        + cast(substring(newest.last_month, 6, 2) as integer)
        - parameters.cube_months as last_month_out

    from newest
    cross join public.vw_dashboard_parameters as parameters
)

select
    purchases.customer_id,
    purchases.age_group,
    purchases.gender,
    purchases.city,
    purchases.category,
    purchases.product_name,
    purchases.purchase_date,
    purchases.month,
    purchases.purchase_amount,
    purchases.payment_method,
    purchases.discount_applied,
    purchases.rating,
    purchases.repeat_customer

from public.vw_purchases as purchases
cross join bounds
where
    cast(substring(purchases.month, 1, 4) as integer) * 12
    + cast(substring(purchases.month, 6, 2) as integer)
    > bounds.last_month_out
