-- Source columns of {{ d.table }} changed, or rows retired, by another hand than apply's are noted as drift.
create or replace trigger greenroom_drift_update
after update of {% for c in d.pub %}{{ c.name }}, {% endfor %}retired_at
on {{ d.table }}
for each row
when (
  pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text
  and ({% for c in d.pub %}old.{{ c.name }}, {% endfor %}old.retired_at) is distinct from ({% for c in d.pub %}new.{{ c.name }}, {% endfor %}new.retired_at)
)
execute function greenroom.note_drift({{ d.trigger_arguments }});
create or replace trigger greenroom_drift_insert
after insert on {{ d.table }}
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift({{ d.trigger_arguments }});
create or replace trigger greenroom_drift_delete
after delete on {{ d.table }}
for each row
when (pg_catalog.current_setting('greenroom.applying', true) is distinct from pg_catalog.pg_current_xact_id()::text)
execute function greenroom.note_drift({{ d.trigger_arguments }});
create or replace trigger greenroom_no_truncate
before truncate on {{ d.table }}
for each statement
execute function greenroom.refuse_truncate();
