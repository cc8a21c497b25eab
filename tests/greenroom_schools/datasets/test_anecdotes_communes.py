"""Anecdotes: texts by commune, from whoever has them."""

from tests.greenroom_schools.datasets.onisep_files import desk as desk

NAME = "anecdotes_communes"


def test_texts_land_and_a_commune_without_one_is_named(desk):
    text = 'insee,anecdote\n1001,"Un âne, dit-on, y fut maire."\n99002,\n'
    desk.publish(NAME, text)
    assert desk.rows("select code_commune, anecdote from educational_data.anecdotes_communes") == [
        ("01001", "Un âne, dit-on, y fut maire.")
    ]
    assert desk.quarantine() == [("missing_anecdote", None)]
    assert desk.stage(NAME, text).batch is None


def test_its_absence_is_a_defined_one(desk):
    assert desk.value("select count(*) from educational_data.anecdotes_communes") == 0
