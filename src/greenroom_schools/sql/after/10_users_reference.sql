-- Each migration: analytics refers to user_mgmt.users as soon as that table is there and can be referred to.
--
-- Adding a reference, even `not valid`, locks writers out of both tables until its transaction ends, and who waits for
-- that lock makes others wait behind. So each statement is a transaction of its own that gives up at once when the
-- tables are in use and tries again; it holds the lock for as long as it takes to write a few rows of the catalogue.
-- Looking at the rows, which may take long, is another transaction and locks out neither readers nor writers.
--
-- `on delete set null`: erasing a user is never refused, and leaves rows that belong to nobody.

-- say why user_mgmt.users is not referred to
do $$
declare
  v_state text := greenroom_schools.users_reference();
begin
  if v_state <> 'ready' then
    raise warning 'analytics does not refer to user_mgmt.users: %', v_state;
  end if;
end
$$;

-- analytics.nl_query_log refers to user_mgmt.users
do $$
begin
  if greenroom_schools.lacks_users_reference('nl_query_log') then
    alter table analytics.nl_query_log
      add constraint nl_query_log_user_id_fkey
      foreign key (user_id) references user_mgmt.users (id) on delete set null not valid;
  end if;
end
$$;

-- analytics.user_feedback refers to user_mgmt.users
do $$
begin
  if greenroom_schools.lacks_users_reference('user_feedback') then
    alter table analytics.user_feedback
      add constraint user_feedback_user_id_fkey
      foreign key (user_id) references user_mgmt.users (id) on delete set null not valid;
  end if;
end
$$;

-- the older rows of analytics.nl_query_log are looked at
do $$
begin
  if exists (
    select
    from pg_catalog.pg_constraint
    where conrelid = pg_catalog.to_regclass('analytics.nl_query_log')
      and conname = 'nl_query_log_user_id_fkey'
      and not convalidated
  ) then
    alter table analytics.nl_query_log validate constraint nl_query_log_user_id_fkey;
  end if;
exception
  when foreign_key_violation then
    raise warning 'rows of analytics.nl_query_log name users who are not in user_mgmt.users; they stay, new ones are refused';
end
$$;

-- the older rows of analytics.user_feedback are looked at
do $$
begin
  if exists (
    select
    from pg_catalog.pg_constraint
    where conrelid = pg_catalog.to_regclass('analytics.user_feedback')
      and conname = 'user_feedback_user_id_fkey'
      and not convalidated
  ) then
    alter table analytics.user_feedback validate constraint user_feedback_user_id_fkey;
  end if;
exception
  when foreign_key_violation then
    raise warning 'rows of analytics.user_feedback name users who are not in user_mgmt.users; they stay, new ones are refused';
end
$$;
