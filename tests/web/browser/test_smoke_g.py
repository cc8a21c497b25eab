from tests.web.browser import wales
from tests.web.browser.conftest import *
from greenroom_exams import landing
def test_smoke(exams, open_desk, monkeypatch, tmp_path, owner):
    monkeypatch.setattr(landing, "boards", lambda: {"WJEC": wales.board()})
    f=tmp_path/"l.pdf"; f.write_bytes(wales.printed(*wales.FIRST, loose=["Sundries of the trade"]))
    print(exams("stage","WJEC A-Level","--from",f).out)
    site=open_desk(exams.url)
    page=site.seat()
    loaded(page,"/")
    print(page.inner_text("body"))
    s=owner.one("select min(id) from greenroom.scope where keys = '{WJEC,A-Level}'") 
    print(s)
    loaded(page,f"/scope/{s}"); print(page.inner_text("body"))
    open_tree(page,s,"A990"); print(page.inner_text("body")); page.screenshot(path="/tmp/g_tree.png")
    loaded(page,f"/scope/{s}/decide"); print(page.inner_text("body"))
