{% snapshot customers %}
{{ config(target_schema='shop', unique_key='name', strategy='check', check_cols=['city'], hard_deletes='invalidate') }}
select name, city from {{ ref('inserted_customers') }}
{% endsnapshot %}
