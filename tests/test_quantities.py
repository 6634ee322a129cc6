"""Durations, rates, calendar lengths, numbers by year, and what is said about wrong ones."""

from __future__ import annotations

import datetime as dt

import pytest

from flowsim.scenario.quantities import (
    Length,
    Varying,
    add_months,
    after_length,
    nearest,
    parse_duration,
    parse_length,
    parse_rate,
    shown,
)

MONTH = 365.25 / 12


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 days", 0),
        ("1 day", 1),
        ("10 days", 10),
        ("1 week", 7),
        ("3 weeks", 21),
        ("1 month", MONTH),
        ("6 months", 6 * MONTH),
        ("1 year", 365.25),
        ("1.5 years", 547.875),
        ("1e2 days", 100),
    ],
)
def test_durations(text: str, days: float) -> None:
    assert parse_duration(text) == days


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("120 per year", 120 / 365.25),
        ("3 per week", 3 / 7),
        ("2 per month", 2 / MONTH),
        ("0.5 per day", 0.5),
        ("0 per year", 0),
    ],
)
def test_rates(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, 'found 3; allowed: {duration} (write "3 weeks", if that is meant)'),
        ("3", 'found "3"; allowed: {duration}'),
        ("3 moons", 'found "3 moons"; allowed: {duration}'),
        ("-3 weeks", 'found "-3 weeks"; allowed: {duration}'),
        ("1,5 years", 'found "1,5 years"; allowed: {duration} (with a decimal point: "1.5 years")'),
        (True, "found true; allowed: {duration}"),
        (None, "found nothing; allowed: {duration}"),
        ("1e9 years", 'found "1e9 years"; allowed: a duration of at most 1000 years'),
    ],
)
def test_a_wrong_duration_names_the_units(value: object, message: str) -> None:
    words = 'a duration with a unit (days, weeks, months or years), such as "3 weeks"'
    with pytest.raises(ValueError, match="found") as caught:
        parse_duration(value)
    assert str(caught.value) == message.format(duration=words)


def test_a_wrong_rate_names_the_units() -> None:
    with pytest.raises(ValueError, match="found") as caught:
        parse_rate(120)
    assert str(caught.value) == (
        "found 120; allowed: a rate with a unit (per day, week, month or year), such as "
        '"120 per year" (write "120 per year", if that is meant)'
    )


def test_calendar_lengths() -> None:
    assert parse_length("3 years") == Length(36, 0)
    assert parse_length("1.5 years") == Length(18, 0)
    assert parse_length("18 months") == Length(18, 0)
    assert parse_length("2 weeks") == Length(0, 14)
    assert parse_length("0.1 years".replace("0.1", "0.25")) == Length(3, 0)
    for wrong in ("1.3 months", "0.5 days", "1.5 weeks", "0.3 years"):
        with pytest.raises(ValueError, match="a whole number of days or months"):
            parse_length(wrong)


def test_months_are_counted_on_the_calendar() -> None:
    assert after_length(dt.date(2017, 1, 1), Length(36, 0)) == dt.date(2020, 1, 1)
    assert add_months(dt.date(2016, 1, 31), 1) == dt.date(2016, 2, 29)
    assert add_months(dt.date(2016, 12, 15), 1) == dt.date(2017, 1, 15)
    assert add_months(dt.date(2016, 3, 15), -3) == dt.date(2015, 12, 15)
    with pytest.raises(ValueError, match="after the year 8999"):
        after_length(dt.date(8999, 1, 1), Length(24, 0))


def test_a_number_by_year_holds_until_the_next() -> None:
    number = Varying.read({"2018": 0.4, "2016": 0.6})
    assert [number.at(year) for year in (2014, 2016, 2017, 2018, 2019)] == [0.6, 0.6, 0.6, 0.4, 0.4]
    assert number.by_group == ()
    assert number.years == (2016, 2018)
    assert Varying.read(3).at(1900) == 3
    assert Varying.constant(2).numbers == (2,)


def test_a_number_by_value_and_year() -> None:
    number = Varying.read({"ale": {"2017": 1, "2018": 2}, "kungalv": 5})
    assert number.by_group == ("ale", "kungalv")
    assert [number.at(2018, value) for value in number.by_group] == [2, 5]
    assert number.at(2017, "ale") == 1


@pytest.mark.parametrize(
    "value", [-1, float("nan"), float("inf"), True, "2", [], {}, {"2017": "x"}, {"a": {}}, 10**400]
)
def test_a_wrong_number(value: object) -> None:
    with pytest.raises(ValueError, match=r"^found .*; allowed: a number"):
        Varying.read(value)


def test_values_are_shown_as_in_the_file() -> None:
    assert shown(dt.date(2017, 1, 2)) == "2017-01-02"
    assert shown("a\nb") == '"a\\nb"'
    assert shown("x" * 100) == '"' + "x" * 57 + '..."'
    assert shown(10**20) == "a whole number of over 15 digits"


def test_the_nearest_name() -> None:
    assert nearest("receptoin", ["coaching", "reception"]) == "reception"
    assert nearest("x", ["coaching"]) == ""
