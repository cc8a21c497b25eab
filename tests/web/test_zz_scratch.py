import time, psycopg
from tests.cli.lycees import file_of, lycees
from tests.web.test_jobs import approve, stage_file
from greenroom import catalog
from greenroom.db.connection import begin, connect
from greenroom.publish import promote

def test_it(make_database, desk, tmp_path):
    d = make_database("schools"); url = d.url
    nums=[]
    rows=[r for y in ("2016-2017","2017-2018","2018-2019","2019-2020","2020-2021","2021-2022","2022-2023") for r in lycees(3600, year=y)]
    for name, rr in (("a", rows),):
        scope = stage_file(url, tmp_path / name, file_of(tmp_path / f"{name}.csv", rr))
        approve(url, scope)
        with connect(url, application_name="t", statement_timeout_seconds=60, lock_timeout_seconds=5) as conn, begin(conn):
            pack = catalog.installed_pack(conn, "schools")
            nums.append(promote.promote(conn, pack, scope, by="Ann")["release"])
    print("built", nums)
    import sys
    out=open("/tmp/explain.txt","w")
    with psycopg.connect(d.superuser_url, autocommit=True) as c:
        c.add_notice_handler(lambda n: out.write(n.message_primary+"\n"))
        c.execute("load 'auto_explain'; set auto_explain.log_min_duration=100; set auto_explain.log_nested_statements=on; set auto_explain.log_analyze=on; set client_min_messages=log; set auto_explain.log_level=log")
        c.execute("set search_path=''")
        t=time.time()
        with c.transaction():
            print(c.execute("select count(*) from greenroom_schools.between(%s,%s,%s)",[scope,0,nums[0]]).fetchone(), time.time()-t)
    client = desk(url,"viewer")
    for p in (f"/releases/{nums[0]}", f"/scope/{scope}/releases?a=0&b={nums[0]}", "/releases.atom"):
        t=time.time(); print(p, client.get(p).status_code, time.time()-t)
