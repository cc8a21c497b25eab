"""The environment, read once."""

from pathlib import Path

import pytest

from greenroom.model.errors import BadSetting, UnknownSetting
from greenroom.settings import MASK, Settings, listed, load


def test_an_empty_environment_gives_the_defaults():
    settings = load({})
    assert settings.database_url is None
    assert settings.store == str(settings.home / "snapshots")
    assert (settings.exams_schema, settings.schools_schema) == ("public", "educational_data")
    assert settings.app_roles == ("anon", "authenticated")


def test_values_arrive_with_their_types():
    settings = load(
        {
            "GREENROOM_HOME": "/srv/greenroom",
            "GREENROOM_ALLOW_HOSTS": "Mirror.example:8080, 127.0.0.1:9",
            "GREENROOM_LOCK_TIMEOUT_SECONDS": "2.5",
            "GREENROOM_PG_BIN": "/opt/pg/bin",
        }
    )
    assert settings.home == Path("/srv/greenroom")
    assert settings.store == "/srv/greenroom/snapshots"
    assert settings.allow_hosts == ("mirror.example:8080", "127.0.0.1:9")
    assert settings.lock_timeout_seconds == 2.5
    assert settings.pg_bin == Path("/opt/pg/bin")


def test_a_store_may_be_an_address():
    assert load({"GREENROOM_STORE": "s3://bucket/snapshots"}).store == "s3://bucket/snapshots"


def test_an_empty_value_counts_as_unset():
    assert load({"GREENROOM_LOCK_TIMEOUT_SECONDS": "", "DATABASE_URL": " "}) == load({})


def test_an_empty_list_is_a_value():
    assert load({"GREENROOM_APP_ROLES": ""}).app_roles == ()


def test_a_misspelt_variable_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownSetting) as refusal:
        load({"GREENROOM_LOCK_TIMOUT_SECONDS": "5"})
    assert refusal.value.hint == "Did you mean GREENROOM_LOCK_TIMEOUT_SECONDS?"


def test_variables_of_other_programs_are_none_of_our_business():
    load({"PATH": "/bin", "GREENROOMS": "3", "GREENROOM_SHARED_DATA": "/data"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GREENROOM_LOCK_TIMEOUT_SECONDS", "soon"),
        ("GREENROOM_LOCK_TIMEOUT_SECONDS", "nan"),
        ("GREENROOM_LOCK_TIMEOUT_SECONDS", "-1"),
        ("GREENROOM_ALLOW_HOSTS", "mirror.example"),
        ("GREENROOM_ALLOW_HOSTS", "mirror.example:99999"),
        ("GREENROOM_EXAMS_SCHEMA", 'public"; drop'),
        ("GREENROOM_APP_ROLES", "anon,Not A Role"),
        ("GREENROOM_CONTACT", "a@b.example\r\nX-Evil: 1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(name, value):
    with pytest.raises(BadSetting, match=name):
        load({name: value})


def test_the_list_masks_secrets_and_names_the_source():
    lines = {line.name: line for line in listed({"DATABASE_URL": "postgresql://u:hunter2@h/d"})}
    assert (lines["DATABASE_URL"].value, lines["DATABASE_URL"].source) == (MASK, "environment")
    assert lines["GREENROOM_LISTEN"].source == "default"
    assert all(line.help_line.endswith(".") for line in lines.values())


def test_no_picture_of_the_settings_shows_a_secret():
    assert "hunter2" not in repr(load({"DATABASE_URL": "postgresql://u:hunter2@h/d"}))


def test_a_refused_secret_is_not_quoted():
    with pytest.raises(BadSetting) as refusal:
        load({"DATABASE_URL": "postgresql://u:hun\x00ter2@h/d"})
    assert "ter2" not in f"{refusal.value} {refusal.value.hint} {refusal.value.__cause__}"


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        load({}).contact = "x"  # type: ignore[misc]
    assert Settings.__dataclass_params__.frozen  # type: ignore[attr-defined]
