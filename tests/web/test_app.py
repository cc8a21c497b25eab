"""The desk as a whole: who is let in, and what every answer carries."""


def test_nobody_is_led_to_the_login(desk, make_database):
    client = desk(make_database("exams").url)
    client.cookies.clear()
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200


def test_every_answer_carries_a_policy_without_inline_scripts(desk, make_database):
    answer = desk(make_database("exams").url).get("/static/desk.css")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_another_host_name_is_refused(desk, make_database):
    answer = desk(make_database("exams").url).get("/static/desk.css", headers={"host": "evil.example"})
    assert answer.status_code == 400
