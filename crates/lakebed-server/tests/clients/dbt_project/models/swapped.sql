{{ config(materialized='table', ha=true, s3_data_naming='schema_table_unique') }}
select customer, max(order_id) as last_order from {{ ref('orders') }} group by customer
