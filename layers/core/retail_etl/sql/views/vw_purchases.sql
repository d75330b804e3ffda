-- Purchases as every other view reads them: what may be missing shows as Unknown, which a flag of three letters has no
-- room for: hence the casts.
-- Grain: one row per purchase.
-- gender: Male, Female, Other, or Unknown where it was not delivered.
-- discount_applied: Yes, No, or Unknown where it was not delivered.
-- repeat_customer: Yes, No, or Unknown where it was not delivered.

select
    customer_id,
    age_group,
    coalesce(cast(gender as varchar(16)), 'Unknown') as gender,
    city,
    category,
    product_name,
    purchase_date,
    month,
    purchase_amount,
    payment_method,
    coalesce(cast(discount_applied as varchar(16)), 'Unknown') as discount_applied,
    rating,
    coalesce(cast(repeat_customer as varchar(16)), 'Unknown') as repeat_customer

from public.walmart_sales
