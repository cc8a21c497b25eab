import pytest
from tests.cli.conftest import schools as schools, shell as shell
from tests.greenroom_schools.made_up import *
@pytest.mark.parametrize("name", ORDER)
def test_load(schools, tmp_path, name):
    site = Site(schools, tmp_path)
    if name=="ips_score": site.load("pcs_libelle")
    if name=="communes_limitrophes": site.load("info_communes")
    print(site.load(name).out)
def test_cov(schools,tmp_path):
    site = Site(schools, tmp_path)
    print(schools("coverage").out)
    site.load_all()
    print(site.refresh())
    print(schools("coverage","schools","--missing").out)
