-- The numbers that the dashboards are tuned by; change them here and nowhere else.
-- Grain: exactly one row.
-- Order: top_cities
-- segment_min_orders: Purchases from which a city is a Powerhouse or a Volume Shopper.
-- segment_min_revenue: Revenue in US dollars from which a city is a Powerhouse or a Premium Buyer.
-- pareto_a_share: Share of revenue, 0 to 1, that the largest cities (class A) make together.
-- pareto_b_share: Share of revenue, 0 to 1, that classes A and B make together.
-- top_cities: How many cities can be filtered for by name.
-- top_products: How many products are shown by name.
-- cube_months: How many months, the newest ones, the page's filters reach back.

select
    20 as segment_min_orders,
    cast(6000 as decimal(18, 2)) as segment_min_revenue,
    cast(0.80 as decimal(9, 6)) as pareto_a_share,
    cast(0.95 as decimal(9, 6)) as pareto_b_share,
    20 as top_cities,
    20 as top_products,
    24 as cube_months
