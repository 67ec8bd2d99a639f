{{ config(materialized='view') }}
select order_id, customer, amount, ordered_on, date_format(ordered_on, '%Y-%m') as month
from {{ ref('orders') }}
where paid
