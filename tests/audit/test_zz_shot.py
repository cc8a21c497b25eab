import random
import sys
import time
from pathlib import Path

import psycopg
from tests.audit.test_diff import *

from greenroom.audit import report
from greenroom_exams.pack import pack

NAMES = ["Business","Geography","History","Media Studies","Physics","Religious Studies","Sociology","Welsh Second Language","Computer Science","Design and Technology"]
W = ["Markets", "Demand", "Supply", "Growth", "Energy", "Waves", "Fields", "Power", "Identity", "Empire", "Revolution", "Rivers", "Coasts", "Climate", "Faith", "Ethics", "Family", "Education", "Media", "Language", "Design", "Materials", "Data", "Networks"]
def tree(r, depth=3):
    out=[]
    def go(prefix,parent,d):
        for i in range(1, r.randint(3,6)):
            code=f"{prefix}{i}"
            out.append((code,parent," ".join(r.sample(W,2)).capitalize(), {"sort_order": i}))
            if d<depth and r.random()<.75: go(code+".",code,d+1)
    go("",None,1)
    return out
def papers(r, years):
    return [{"year":y,"series":"June","component_code":f"C{c}","question_paper_url":f"https://example.org/{y}/{c}.pdf","mark_scheme_url":f"https://example.org/{y}/{c}-ms.pdf"} for y in years for c in range(1, r.randint(2,5))]
def test_shot(make_database):
    db=make_database("exams")
    with psycopg.connect(db.url, autocommit=True) as c:
        c.execute("set search_path=''")
        r=random.Random(3)
        trees={}
        for i,n in enumerate(NAMES):
            trees[n]=tree(r)
            write_subject(c, code=f"9B{i}0", name=n, topics=trees[n], papers=papers(r, range(2017,2024)))
        promote(c)
        scope=scope_of(c)
        c.execute("update public.exam_board_subjects set live_in_app=true where subject_name in ('History','Physics')")
        for k in range(4):
            n=NAMES[k]; trees[n]=trees[n]+[(f"{20+k}.",None,f"Extra {k}",{"sort_order":90+k})]
            write_subject(c, code=f"9B{k}0", name=n, topics=trees[n], papers=papers(r, range(2017,2024)))
            scope, u = seal(c)
            c.execute("select greenroom_exams.decide(%s,'approved','me','ok')",[scope])
            promote(c)
        c.execute("create table public.flashcards (topic uuid references public.curriculum_topics (id)); insert into public.flashcards select id from public.curriculum_topics, generate_series(1,12) where topic_code in ('1.1','20.')")
        for i,n in enumerate(NAMES[:7]):
            t=[list(x) for x in trees[n]]
            for x in r.sample(t, 4): x[2]=x[2]+" and "+r.choice(W).lower()
            t=[tuple(x) for x in t if not x[0].startswith("20.")]
            leaf=next(x for x in reversed(t) if x[1]); t.remove(leaf); t.append((t[0][0]+".9", t[0][0], leaf[2], {"sort_order":9}))
            if i==0: t.append(("1.1", None, "Again the same code", {})) if False else None
            write_subject(c, code=f"9B{i}0", name=n, topics=t, papers=papers(r, range(2016,2025)) + ([{"year":2024,"series":"Sometime","question_paper_url":"https://example.org/x.pdf"},{"year":2024,"series":"June","component_code":"Z9","question_paper_url":"javascript:alert(1)"}] if i==2 else []))
        c.execute("update public.staging_aqa_topics set topic_level=3 where topic_code='1' and topic_name like 'G%'")
        scope,u=seal(c)
        if len(sys.argv)>9: pass
        t0=time.time(); data=report.gather(c, pack, scope, u); t1=time.time(); html=report.render_html(data); t2=time.time()
        print(t1-t0,t2-t1,len(html), data.verdict_words)
        Path("/tmp/shot.html").write_text(html)
        Path("/tmp/shot.txt").write_text(report.render_text(data))
        Path("/tmp/shot.json").write_text(report.render_json(data))
