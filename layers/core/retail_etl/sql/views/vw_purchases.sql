-- Purchases as every other view reads them: what may be missing shows as Unknown.
-- Grain: one row per purchase.
-- gender: Male, Female, Other, or Unknown where it was not delivered.
-- discount_applied: Yes, No, or Unknown where it was not delivered.
-- repeat_customer: Yes, No, or Unknown where it was not delivered.

select
    customer_id,
    age_group,
    coalesce(gender, 'Unknown') as gender,
    city,
    category,
    product_name,
    purchase_date,
    month,
    purchase_amount,
    payment_method,
    coalesce(discount_applied, 'Unknown') as discount_applied,
    rating,
    coalesce(repeat_customer, 'Unknown') as repeat_customer

from public.walmart_sales
