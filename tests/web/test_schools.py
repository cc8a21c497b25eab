"""The desk's pages of flat data, and the same behind the API."""

import csv
import io
import re
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from tests.greenroom_schools.atlas import (
    BEFORE,
    COMMUNES,
    FAR,
    HOSTILE,
    HOSTILE_ONE,
    NO_POINT,
    NOW,
    NUMBERS,
    index_before,
    index_now,
    indexes,
    place_of,
    school,
)
from tests.greenroom_schools.atlas import atlas as atlas
from tests.greenroom_schools.atlas import atlas_made as atlas_made

from greenroom.web import drawing

ROWS = "/schools/ips_lycees_years"
MAP = "/schools/map?departement=78"
PAGES = (
    "/schools", ROWS, f"{ROWS}?layer=batch", f"{ROWS}?layer=preview", f"{ROWS}/distribution", "/schools/map", MAP,
    "/schools/joins", "/schools/joins/ips_lycees_years/uai", f"{ROWS}/row?key={school(3)}&key={NOW}",
    f"{ROWS}/row?key={school(HOSTILE_ONE)}&key={NOW}", "/schools/info_communes", "/schools/departements/distribution",
)  # fmt: skip


@pytest.fixture
def ada(desk, atlas):
    return desk(atlas.url, role="viewer")


class Seen(HTMLParser):
    """What a browser would make of a page: elements with attributes, and the text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for found, attributes in self.elements if found == tag]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def seen(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:2000]
    return Seen(answer.text)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_shown_and_nothing_in_it_runs(ada, address):
    page = seen(ada, address)
    assert all("src" in each for each in page.all("script"))
    assert not page.all("style")
    assert not page.all("img")
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not (attributes.get("href") or "").lower().startswith(("javascript:", "data:"))
    assert page.all("h1")


@pytest.mark.parametrize("address", PAGES)
def test_links_of_a_page_lead_somewhere(ada, address):
    for attributes in seen(ada, address).all("a")[:60]:
        href = attributes.get("href", "")
        if href.startswith("/schools"):
            assert ada.get(href).status_code == 200, href


def test_the_index_names_every_dataset_its_source_and_what_is_missing(ada):
    from greenroom_schools.pack import pack

    page = seen(ada, "/schools")
    for dataset in pack.datasets:
        assert dataset.name in page.words
    for source in pack.sources:
        if not source.optional:
            assert source.owner in page.words
    assert "34 rows" in page.words or "34" in page.words
    assert "greenroom run ips_colleges" in page.words


def test_the_index_says_the_same_behind_the_api(ada):
    (held,) = ada.get("/api/schools").json()
    by_name = {one["dataset"]: one for group in held["groups"] for one in group["holdings"]}
    lycees = by_name["ips_lycees_years"]
    assert (lycees["rows"], lycees["period"], lycees["units"], lycees["whole_units"]) == (2 * len(NUMBERS), NOW, 2, 2)
    assert lycees["owner"] == "DEPP, ministère de l'Éducation nationale"
    assert lycees["licence"].startswith("Licence Ouverte")
    assert (by_name["ips_colleges_years"]["rows"], by_name["ips_colleges_years"]["state"]) == (0, "missing")
    assert by_name["contours_administratifs"]["state"] == "absent"
    assert by_name["geodata_lycees"]["is_derived"]


def test_what_waits_is_counted_on_the_index(atlas, ada):
    atlas.desk.stage("ips_lycees", indexes("2024-2025", index_before), complete=True)
    (held,) = ada.get("/api/schools").json()
    waiting = {one["dataset"]: one["waiting"] for group in held["groups"] for one in group["holdings"]}
    assert sum(waiting["ips_lycees_years"].values()) == 1
    assert waiting["info_communes"] == {}


def table(client, **asked):
    return client.get("/api/schools/ips_lycees_years?" + urlencode(asked, doseq=True))


def test_a_table_and_the_api_say_the_same(ada):
    told = table(ada, period=NOW, column="ips", how="at least", value="120", sort="-ips").json()
    page = seen(ada, f"{ROWS}?period={NOW}&column=ips&how=at+least&value=120&sort=-ips")
    fitting = sorted((v for n in NUMBERS if isinstance(v := index_now(n), float) and v >= 120), reverse=True)
    place = [heading["name"] for heading in told["headings"]].index("ips")
    assert [float(line["cells"][place]["text"]) for line in told["lines"]] == fitting
    assert f"{len(fitting)} rows of {NOW} fit 1 condition" in page.words
    for value in fitting:
        assert f"{value:.2f}" in page.words


def test_absent_values_are_told_apart_in_words(ada):
    page = seen(ada, f"{ROWS}?period={NOW}&column=uai&how=equals&value={school(5)}")
    assert "withheld" in [word for text in page.text for word in [text.strip()] if word == "withheld"]
    page = ada.get(f"{ROWS}?period={NOW}&column=uai&how=equals&value={school(6)}").text
    assert 'class="absent withheld"' not in page
    assert 'class="absent not-given"' in page


def test_a_form_keeps_what_was_typed_and_offers_one_more_line(ada):
    page = seen(ada, f"{ROWS}?column=nom_de_l_etablissement&how=contains&value={quote(HOSTILE)}")
    values = [each.get("value") for each in page.all("input") if each.get("name") == "value"]
    assert values == [HOSTILE, ""]
    assert "1 row" in page.words or "2 rows" in page.words


def test_lines_without_a_column_or_a_value_are_no_conditions(ada):
    asked = [("column", ""), ("how", "contains"), ("value", "x"), ("column", "ips"), ("how", "at least"), ("value", "")]
    assert len(ada.get("/api/schools/ips_lycees_years?" + urlencode(asked)).json()["lines"]) == 2 * len(NUMBERS)


def test_pages_lead_on_and_keep_the_conditions(ada, monkeypatch):
    monkeypatch.setattr("greenroom.audit.tables.PAGE", 10)
    page = seen(ada, f"{ROWS}?period={NOW}&sort=-ips&column=ips&how=given&value=")
    (onward,) = [each["href"] for each in page.all("a") if each.get("rel") == "next"]
    following = seen(ada, ROWS + onward)
    assert "Page 2 of 2" in following.words
    assert "15 rows" in following.words


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"column": "nothing", "how": "given"}, 422),
        ({"column": "ips", "how": "at least", "value": "abc"}, 422),
        ({"column": "ips", "how": "drop"}, 422),
        ({"sort": "nothing"}, 422),
        ({"page": 0}, 422),
        ({"page": 10**9}, 422),
        ({"layer": "pg_catalog"}, 422),
        ({"period": "a\x00b"}, 422),
        ({"column": ["ips"] * 13}, 422),
        ({"value": "x" * 201, "column": "ips"}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(ada, asked, status):
    assert table(ada, **asked).status_code == status


@pytest.mark.parametrize(
    "address",
    [
        "/schools/nothing", "/schools/nothing/csv", "/schools/nothing/row?key=1", "/schools/nothing/distribution",
        "/schools/map?departement=35", "/schools/map?departement=78&period=1900", "/schools/joins/ips_lycees_years/x",
        "/schools/joins/x/uai", "/schools/joins/ips_lycees_years/uai?partner=x", f"{ROWS}/row?key=x&key=y",
        f"{ROWS}/distribution?now=production:1900",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(ada, address):
    assert ada.get(address).status_code in (404, 422)
    assert ada.get(
        "/api" + address.replace("map?departement=", "map/").replace("35&", "35?").replace("78&", "78?")
    ).status_code in (404, 422)


def test_nobody_sees_anything_without_signing_in(ada):
    ada.cookies.clear()
    for address in PAGES:
        assert ada.get(address).status_code == 303
        if "map" not in address:
            assert ada.get("/api" + address).status_code == 401


# As a file.


def test_the_file_holds_the_filtered_rows(ada):
    answer = ada.get(f"{ROWS}/csv?period={NOW}&column=ips&how=at+least&value=120")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="ips_lycees_years-{NOW}-published.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert {row["uai"] for row in rows} == {
        school(n) for n in NUMBERS if isinstance(v := index_now(n), float) and v >= 120
    }
    assert ada.get("/api" + answer.request.url.raw_path.decode()).content == answer.content


def test_no_cell_of_the_file_begins_like_a_formula(ada):
    text = ada.get(f"{ROWS}/csv").content.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=";"):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "@", "\t", "\r")]


def test_a_refused_file_is_a_refusal_and_gives_its_connection_back(ada):
    for _ in range(20):
        assert ada.get(f"{ROWS}/csv?column=ips&how=at+least&value=abc").status_code == 422
    assert ada.get(f"{ROWS}/csv").status_code == 200


# The map.


def marks(page):
    """Of each mark: its title, its number or sign, where it leads."""
    raw = re.findall(
        r'<a class="mark-of ([^"]*)" href="([^"]*)">\s*<title>(.*?)</title>.*?<text[^>]*>(.*?)</text>', page, re.S
    )
    return {title: (level, sign, href) for level, href, title, sign in raw}


def test_each_lycee_is_a_mark_with_its_class_as_a_number(atlas, ada):
    told = ada.get("/api/schools/map/78").json()
    found = marks(ada.get(MAP).text)
    assert len(found) == len(told["placed"])
    for one in told["placed"]:
        titles = [
            title
            for title in found
            if title.startswith(
                one["name"].replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;") + ","
            )
        ]
        level, sign, href = found[titles[0]]
        if one["level"]:
            assert (level, sign) == (f"level-{one['level']}", str(one["level"]))
        else:
            assert (level, sign) == ("no-index", {"withheld": "w", "not given": "?", "not listed": "–"}[one["state"]])
        assert one["uai"] in href


def test_a_mark_leads_to_the_schools_row(ada):
    href = next(href for title, (_, _, href) in marks(ada.get(MAP).text).items() if title.startswith("LYCEE N 7,"))
    page = seen(ada, href.replace("&amp;", "&"))
    assert "105.00" in page.words


def test_the_table_beside_says_the_same_as_the_map(ada):
    page = seen(ada, MAP)
    for n in NUMBERS:
        assert school(n) in page.words
    assert "Not on the map: 1 without coordinates" in page.words
    assert "Not on the map: 1 with a point elsewhere" in page.words
    assert "index withheld: too few pupils" in page.words


def test_the_legend_names_bounds_and_counts(ada):
    told, page = ada.get("/api/schools/map/78").json(), seen(ada, MAP)
    for level in told["levels"]:
        assert f"{level['name']}: {level['low']} to {level['high']}" in page.words


@pytest.mark.parametrize(
    ("file", "words"), [(None, "computed from where schools stand"), (COMMUNES, "contours of its communes")]
)
def test_the_map_says_what_its_outline_is_made_of(atlas, ada, file, words):
    if file:
        atlas.desk.publish("contours_administratifs", file)
    assert words in seen(ada, MAP).words


def test_nothing_of_the_map_comes_from_elsewhere(ada):
    text = ada.get(MAP).text
    assert not re.findall(r'(?:href|src|xlink:href|url)\s*[=(]\s*["\']?(?:https?:)?//', text)


def test_marks_stand_inside_the_drawing_and_do_not_cover_each_other(atlas, ada):
    atlas.desk.publish("contours_administratifs", COMMUNES)
    text = ada.get(MAP).text
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)" role="group"', text).groups())
    drawn = text[text.index('id="map"') : text.index("<figcaption")]
    places = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)"', drawn)]
    assert len(places) == len([n for n in NUMBERS if n not in (5, 6, NO_POINT, FAR)])
    for n, (x, y) in enumerate(places):
        assert 0 < x < width
        assert 0 < y < height
        for other in places[n + 1 :]:
            assert (x - other[0]) ** 2 + (y - other[1]) ** 2 > 100


def test_north_is_up_and_east_is_right(atlas):
    from greenroom.audit import map as mapping
    from greenroom.db.connection import begin
    from greenroom_schools.pack import pack

    atlas.desk.publish("contours_administratifs", COMMUNES)
    with begin(atlas.desk.conn) as conn:
        made = mapping.map_of(conn, pack, "78")
    known = {mark.school.uai: mark for mark in drawing.drawn(made).marks}
    low, high = known[school(1)], known[school(11)]
    assert place_of(1)[0] == place_of(11)[0]
    assert low.true_x == high.true_x
    assert low.true_y > high.true_y
    assert known[school(1)].true_x < known[school(2)].true_x


# Distributions and joins.


def test_distributions_say_the_same_behind_the_api(ada):
    told = ada.get("/api/schools/ips_lycees_years/distribution").json()
    page = seen(ada, f"{ROWS}/distribution")
    spread = next(pair["now"] for pair in told["pairs"] if pair["column"] == "ips")
    for number in spread["quantiles"]:
        assert drawing.said(number) in page.words
    assert f"{BEFORE}, published" in page.words
    assert "▲ +20" in page.words
    assert "▼ -12.5" in page.words


def test_the_bars_are_as_high_as_their_share(ada):
    told = ada.get("/api/schools/ips_lycees_years/distribution").json()["histogram"]
    text = ada.get(f"{ROWS}/distribution").text
    bars = text[text.index('<g class="now">') : text.index("</svg>")]
    heights = [float(h) for h in re.findall(r'<rect [^>]*height="([\d.]+)"', bars)]
    tallest = max(heights)
    shares = [count / sum(told["now"]) for count in told["now"]]
    top = max(max(shares), max(c / sum(told["before"]) for c in told["before"]))
    assert [round(h / tallest, 2) for h in heights] == [round(s / max(shares), 2) for s in shares]
    assert tallest == pytest.approx((220 - 34 - 10) * max(shares) / top, abs=0.1)


def test_what_waits_is_compared_with_what_is_published(atlas, ada):
    atlas.desk.stage("ips_lycees", indexes(NOW, lambda n: index_before(n) + 7), complete=True)
    page = seen(ada, f"{ROWS}/distribution")
    assert f"{NOW}, waiting" in page.words
    chosen = [each.get("value", "") for each in page.all("option") if "selected" in each]
    assert chosen[:2] == [f"batch:{NOW}", f"production:{NOW}"]


def test_a_part_is_marked_and_compared_by_what_both_sides_have(atlas, ada):
    atlas.desk.stage("ips_lycees", indexes(NOW, lambda n: index_before(n) + 7, range(1, 11)), complete=False)
    page = seen(ada, f"{ROWS}/distribution")
    assert f"◐ {NOW}, waiting: only a part of its rows is there." in page.words
    assert "Compared are the rows that stand on both sides." in page.words
    assert f"{NOW}, waiting ◐ a part" in page.words
    every = seen(ada, f"{ROWS}/distribution?now=batch:{NOW}&before=production:{NOW}&rows=all")
    assert "All rows are compared" in every.words
    for rows, before in (("", 10), ("both", 10), ("all", len(NUMBERS))):
        told = ada.get("/api/schools/ips_lycees_years/distribution", params={
            "now": f"batch:{NOW}", "before": f"production:{NOW}", "rows": rows,
        }).json()  # fmt: skip
        assert told["rows"] == (rows or "both")
        pair = next(pair for pair in told["pairs"] if pair["column"] == "ips")
        assert (pair["now"]["rows"], pair["before"]["rows"]) == (10, before)
        assert (sum(told["histogram"]["now"]), told["moves"]["met"]) == (10, 10)


def test_a_table_leaves_out_what_is_wholly_empty_and_says_so(atlas, ada):
    atlas.desk.conn.execute("update educational_data.ips_lycees_years set nom_de_la_commune = null")
    headings = [h["name"] for h in ada.get("/api/schools/ips_lycees_years").json()["headings"]]
    assert headings[:2] == ["uai", "rentree_scolaire"]
    assert headings.index("ips") < headings.index("nom_de_la_commune")
    text = ada.get(ROWS).text
    assert "Left out, since no row of this selection has anything there:" in text
    head = text[text.index("<thead") : text.index("</thead>")]
    assert ">nom_de_la_commune<" not in head
    assert ">uai<" in head
    rows = [row.count("<td") for row in text[text.index("<tbody>") :].split("<tr>")[1:]]
    assert set(rows) == {head.count("<th ")}
    asked = ada.get(f"{ROWS}?column=nom_de_la_commune&how=not+given").text
    assert ">nom_de_la_commune<" in asked[asked.index("<thead") : asked.index("</thead>")]


def test_a_group_without_periods_offers_none_of_them_as_links(ada):
    browsed = seen(ada, "/browse")
    links = [each["href"] for each in browsed.all("a") if "period=" in each.get("href", "")]
    assert links
    for link in links:
        assert ada.get(link).status_code == 200, link


def test_joins_count_and_name_strangers(atlas, ada):
    atlas.desk.conn.execute("delete from educational_data.etablissements_geolocalisation where uai = %s", (school(9),))
    told = ada.get("/api/schools/joins/ips_lycees_years/uai").json()
    assert [(fit["period"], fit["found"], fit["strangers"]) for fit in told["joined"]["fits"]] == [
        (NOW, len(NUMBERS) - 1, 1), (BEFORE, len(NUMBERS) - 1, 1),
    ]  # fmt: skip
    page = seen(ada, "/schools/joins/ips_lycees_years/uai")
    assert "LYCEE N 9" in page.words
    assert "1 different name" in page.words
    whole = {(j["reference"]["dataset"], j["reference"]["column"]): j for j in ada.get("/api/schools/joins").json()}
    assert whole["ips_lycees_years", "uai"]["fits"] == told["joined"]["fits"]


def test_a_database_without_flat_data_says_so(desk, make_database):
    client = desk(make_database("exams").url, role="viewer")
    assert "No pack of flat data is in this database" in seen(client, "/schools").words
    assert client.get("/api/schools").json() == []
    assert client.get("/schools/map").status_code == 404
    assert client.get("/schools/ips_lycees").status_code == 404
    assert client.get("/schools/topics").status_code == 404
    assert client.get("/schools/joins").status_code == 200


# Drawing, by itself.


@pytest.mark.parametrize(
    ("ends", "numbers"),
    [
        ((0, 10), [0, 2, 4, 6, 8, 10]),
        ((81.3, 152), [100, 120, 140]),
        ((5, 5), [5]),
        ((-3, 3), [-3, -2, -1, 0, 1, 2, 3]),
    ],
)
def test_axes_have_round_numbers(ends, numbers):
    assert drawing.round_numbers(*ends, wanted=6 if ends != (81.3, 152) else 4) == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0, "0"),
        (1234567, "1,234,567"),
        (1.5, "1.5"),
        (102.25, "102.25"),
        (0.0123, "0.0123"),
        (-12.5, "-12.5"),
    ],
)
def test_numbers_are_said_with_as_many_digits_as_tell_something(value, words):
    assert drawing.said(value) == words
