{{ config(materialized='table', partitioned_by=['day']) }}
select n, cast(date_add('day', n, date '2026-01-01') as varchar) as day
from unnest(sequence(0, 149)) as t(n)
