{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partitioned_by=['day'], on_schema_change='append_new_columns') }}
select order_id, amount * {{ var('factor', 1) }} as amount
{%- if var('with_customer', false) %}, customer{% endif %}, ordered_on as day
from {{ ref('orders') }}
{% if is_incremental() %}
where ordered_on >= date '2026-02-01'
{% endif %}
