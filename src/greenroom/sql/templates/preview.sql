-- {{ d.table }} as it will stand once the prepared releases land.
create view preview.{{ d.bare_table }} as
select
{% for c in d.all_columns %}
  p.{{ c }}{{ "," if not loop.last }}
{% endfor %}
from {{ d.table }} as p
where not exists (
  select
  from greenroom.prepared_{{ d.name }} as f
  join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
  where {{ d.p_is_f }}
)
union all
select
{% for c in d.all_columns %}
  {{ d.preview[c] }}{{ "," if not loop.last }}
{% endfor %}
from greenroom.prepared_{{ d.name }} as f
join greenroom.release as r on r.id = f.release_id and r.state = 'prepared'
left join {{ d.table }} as p on {{ d.p_is_f }}
where f.op <> 'retire';
comment on view preview.{{ d.bare_table }} is '{{ d.bare_table }} as it will be once prepared releases land.';
