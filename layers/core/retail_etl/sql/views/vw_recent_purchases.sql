-- Purchases of the newest months, as many as the page's filters reach back, with what its filter for cities asks for.
-- Grain: one row per purchase.
-- city_segment: Segment of the city, as in vw_city_segmentation.
-- top_city: The city, if it is one of the largest (vw_dashboard_parameters); empty for all others together.

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
    purchases.repeat_customer,
    cities.segment as city_segment,
    case when cities.revenue_rank <= parameters.top_cities then cities.city end as top_city

from public.vw_purchases as purchases
inner join public.vw_city_segmentation as cities on purchases.city = cities.city
cross join public.vw_dashboard_parameters as parameters
cross join bounds
where
    cast(substring(purchases.month, 1, 4) as integer) * 12
    + cast(substring(purchases.month, 6, 2) as integer)
    > bounds.last_month_out
