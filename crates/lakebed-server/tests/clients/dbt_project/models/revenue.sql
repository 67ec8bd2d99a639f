{{ config(materialized='table', format='parquet', write_compression='zstd', partitioned_by=['month']) }}
select customer, count(*) as orders, sum(amount) as amount, month
from {{ ref('recent_orders') }}
group by customer, month
