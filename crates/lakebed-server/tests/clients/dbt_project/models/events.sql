{{ config(materialized='incremental', incremental_strategy='append') }}
select order_id, customer
from {{ ref('orders') }}
{% if is_incremental() %}
where order_id > (select max(order_id) - 1 from {{ this }})
{% endif %}
