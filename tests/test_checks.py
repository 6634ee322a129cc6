"""Every fault by its exact line: a small change of a valid file, and what is said about it."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from flowsim.errors import ScenarioError
from flowsim.scenario.checks import check
from flowsim.scenario.loading import loads

BASE = """\
[scenario]
title = "Base"
language = "en"

[run]
start = 2017-01-01
until = 2019-12-31
seed = 1

[groups]
age = { young = 0.4, old = 0.6 }
place = { ale = 1, kungalv = 3 }

[calendar]
closures = [{ from = "07-06", until = "08-02" }]
seasonality = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]

[referrals]
partners = { to = "mapping", rate = "30 per year", groups = { place = "ale" } }
spring = { to = "mapping", cohort = [{ date = 2018-03-01, count = 10 }] }

[teams.reception]
staff.worker = { fte = 2.0, caseload = 6, cost_per_fte = 600000 }
staff.boss = { money = 300000, cost_per_fte = 600000, paid_by = "members" }
turnover = { leave = "0.2 per year", vacancy = "4 months" }
financed_by = { association = 0.5, members = 0.5 }

[teams.site]
places = 9
cost_per_place = 100000
until = 2019-06-30
then = "withdrew"

[steps.mapping]
team = "reception"
length_of_stay = { mean = "5 weeks", cv = 0.7, factors = { "age=young" = 0.8 } }
patience = "9 months"
priority = ["age=young"]
next = { training = 0.4, work = "rest" }
next_for."age=young" = { training = 0.5, work = 0.5 }

[steps.training]
team = ["reception", "site"]
length_of_stay = "3 months"
interruption = { rate = "0.1 per year" }
intake = { every = "2 weeks", min = 2, max = 4 }
cost_per_group = 1000
initial = { waiting = 3, waited = "2 weeks" }
next.work = 0.3
next.home = { share = 0.7, after = "4 weeks" }

[exits]
work = { label = "Work", returns = { share = 0.1, after = "1 year", to = "mapping" } }
home = "Home"

[outcomes]
completed = ["work", "home"]

[goals]
soon = { kpi = "mapping.wait.mean", at_most = 60 }
works = { outcome = "completed", within = "2 years", of = "mapping", at_least = 0.3 }

[population]
target_group = 4848
counted_in = ["mapping"]

[costs]
administration = 1000000
contributions = { state = 0.5, region = 0.5 }
opening_equity = -5
equity_ceiling = 0.2

[observed.2019]
participants = { value = 40, low = 39, high = 41, source = "review, 5.1" }

[sources]
review = "A review (2020)"

[provenance]
"steps.mapping" = "stated: review, 5"
"teams" = "assumed"
"""

FLOW = """\
[scenario]
title = "Flow"
[run]
start = 2020-01-01
length = "2 years"
warm_up = "6 months"
[groups]
age = { young = 0.5, old = 0.5 }
[referrals.gp]
to = "talk"
rate = "24 per year"
[teams.nurses]
places = 4
[teams.coaches]
places = 4
[steps.talk]
team = "nurses"
length_of_stay = "1 week"
next = { train = 0.5, done = 0.5 }
[steps.train]
team = "coaches"
length_of_stay = "4 weeks"
next = { talk = 0.1, done = 0.9 }
[exits]
done = "Done"
"""

KEYS = [
    (
        "until = 2019-12-31",
        'until = "2019-12-31"',
        'base.toml:7: run.until: found "2019-12-31"; allowed: a date without quotes, such as 2017-01-01',
    ),
    (
        "until = 2019-12-31",
        "until = 2019-12-31T10:00:00",
        "base.toml:7: run.until: found 2019-12-31 10:00:00; allowed: a date without quotes, such as 2017-01-01",
    ),
    (
        "until = 2019-12-31",
        "until = 9999-12-31",
        "base.toml:7: run.until: found 9999-12-31; allowed: a date from 1800-01-01 to 8999-12-31",
    ),
    (
        "until = 2019-12-31",
        "until = 2016-12-31",
        "base.toml:7: run.until: found 2016-12-31; allowed: a date from the start (2017-01-01) on",
    ),
    (
        "until = 2019-12-31",
        'length = "2.3 years"',
        'base.toml:7: run.length: found "2.3 years"; allowed: a whole number of days or months, such as "3 years", "18 months" or "10 weeks"',
    ),
    (
        "until = 2019-12-31",
        "length = 3",
        'base.toml:7: run.length: found 3; allowed: a whole number of days or months, such as "3 years", "18 months" or "10 weeks" (write "3 years", if that is meant)',
    ),
    (
        "until = 2019-12-31",
        'length = "9000 years"',
        'base.toml:7: run.length: found "9000 years"; allowed: a length of at most 1000 years',
    ),
    (
        "until = 2019-12-31",
        'length = "1000 days"\nuntil = 2019-12-31',
        'base.toml:7: run.length: found "1000 days"; allowed: either until or length, not both',
    ),
    (
        "until = 2019-12-31\n",
        "",
        "base.toml:5: run.until: found nothing; allowed: the last day of the run, or length instead",
    ),
    (
        "start = 2017-01-01\n",
        "",
        "base.toml:5: run.start: found nothing; allowed: a value, as it is needed (the first day of the run)",
    ),
    ("seed = 1", "seed = 1.5", "base.toml:8: run.seed: found 1.5; allowed: a whole number >= 0"),
    ("seed = 1", "seed = -1", "base.toml:8: run.seed: found -1; allowed: a whole number >= 0"),
    (
        "seed = 1",
        "replications = 0",
        "base.toml:8: run.replications: found 0; allowed: a whole number from 1 to 1000000",
    ),
    (
        "seed = 1",
        'warm_up = "4 years"',
        "base.toml:8: run.warm_up: found 2021-01-01; allowed: a date inside the run, from 2017-01-01 to 2019-12-31",
    ),
    (
        "seed = 1",
        "report_from = 2016-06-01",
        "base.toml:8: run.report_from: found 2016-06-01; allowed: a date inside the run, from 2017-01-01 to 2019-12-31",
    ),
    (
        "seed = 1",
        'report_from = 2018-01-01\nwarm_up = "1 year"',
        'base.toml:9: run.warm_up: found "1 year"; allowed: either report_from or warm_up, not both',
    ),
    (
        "seed = 1",
        'precision = { kpi = "mapping.wait.maen", relative_half_width = 0.05 }',
        'base.toml:8: run.precision.kpi: found "mapping.wait.maen"; allowed: the name of a figure, such as "participants" or "mapping.wait.mean"; did you mean "mapping.wait.mean"?',
    ),
    (
        "seed = 1",
        'precision = { kpi = "mapping.wait.mean", relative_half_width = 0 }',
        "base.toml:8: run.precision.relative_half_width: found 0; allowed: a number above 0, at most 1",
    ),
    (
        'title = "Base"',
        'titel = "Base"',
        'base.toml:2: scenario.titel: found unknown key; allowed: title, question, language, currency; did you mean "title"?',
    ),
    (
        'title = "Base"',
        "title = 3",
        'base.toml:2: scenario.title: found 3; allowed: a text, or one in each language: { sv = "...", en = "..." }',
    ),
    (
        'language = "en"',
        'language = "se"',
        'base.toml:3: scenario.language: found "se"; allowed: "sv" or "en"',
    ),
    (
        '"30 per year"',
        "30",
        'base.toml:19: referrals.partners.rate: found 30; allowed: a rate with a unit (per day, week, month or year), such as "120 per year" (write "30 per year", if that is meant)',
    ),
    (
        '"30 per year"',
        '"30 a year"',
        'base.toml:19: referrals.partners.rate: found "30 a year"; allowed: a rate with a unit (per day, week, month or year), such as "120 per year"',
    ),
    (
        '"30 per year"',
        '"1,5 per week"',
        'base.toml:19: referrals.partners.rate: found "1,5 per week"; allowed: a rate with a unit (per day, week, month or year), such as "120 per year" (with a decimal point: "1.5 per week")',
    ),
    (
        '"30 per year"',
        '"1e12 per year"',
        "base.toml:19: referrals.partners.rate: found about 3e+12 participants, which make about 1.51e+13 rows of the event log and take about 1.85e+06 GB of memory; allowed: at most 100,000,000 rows and 2 GB in a replication",
    ),
    (
        '"30 per year"',
        '"-3 per year"',
        'base.toml:19: referrals.partners.rate: found "-3 per year"; allowed: a rate with a unit (per day, week, month or year), such as "120 per year"',
    ),
    (
        '"3 months"',
        "3",
        'base.toml:44: steps.training.length_of_stay: found 3; allowed: a duration with a unit (days, weeks, months or years), such as "3 weeks", or a table such as { distribution = "gamma", mean = "3 weeks", cv = 0.5 }',
    ),
    (
        '"3 months"',
        '"3 moths"',
        'base.toml:44: steps.training.length_of_stay: found "3 moths"; allowed: a duration with a unit (days, weeks, months or years), such as "3 weeks"',
    ),
    (
        '"3 months"',
        '"1e6 years"',
        'base.toml:44: steps.training.length_of_stay: found "1e6 years"; allowed: a duration of at most 1000 years',
    ),
    (
        '"3 months"',
        "-3",
        'base.toml:44: steps.training.length_of_stay: found -3; allowed: a duration with a unit (days, weeks, months or years), such as "3 weeks", or a table such as { distribution = "gamma", mean = "3 weeks", cv = 0.5 }',
    ),
    (
        "fte = 2.0",
        "fte = -2",
        "base.toml:23: teams.reception.staff.worker.fte: found -2; allowed: a number >= 0",
    ),
    (
        "fte = 2.0",
        "fte = nan",
        "base.toml:23: teams.reception.staff.worker.fte: found nan; allowed: a number >= 0",
    ),
    (
        "fte = 2.0",
        "fte = inf",
        "base.toml:23: teams.reception.staff.worker.fte: found inf; allowed: a number >= 0",
    ),
    (
        "fte = 2.0",
        'fte = "2"',
        'base.toml:23: teams.reception.staff.worker.fte: found "2"; allowed: a number >= 0',
    ),
    (
        "fte = 2.0",
        "fte = true",
        "base.toml:23: teams.reception.staff.worker.fte: found true; allowed: a number >= 0",
    ),
    (
        "fte = 2.0",
        "fte = { 2017 = 2, ale = 3 }",
        "base.toml:23: teams.reception.staff.worker.fte: found years and values of a group mixed; allowed: a number, a table by year such as { 2016 = 0.6, 2017 = 0.4 }, or a table by value of the group that the team has as per",
    ),
    (
        "fte = 2.0",
        "fte = { 2017 = 2, 2018 = -1 }",
        "base.toml:23: teams.reception.staff.worker.fte.2018: found -1; allowed: a number >= 0",
    ),
    (
        "fte = 2.0",
        "fte = { ale = 2, kungalv = 1 }",
        'base.toml:23: teams.reception.staff.worker.fte.ale: found the value "ale"; allowed: a number or a table by year, as no team here has the key per',
    ),
    (
        "fte = 2.0",
        "fte = {}",
        "base.toml:23: teams.reception.staff.worker.fte: found an empty table; allowed: a number, a table by year such as { 2016 = 0.6, 2017 = 0.4 }, or a table by value of the group that the team has as per",
    ),
    (
        "fte = 2.0",
        "fte = 200000",
        "base.toml:23: teams.reception.staff.worker.fte: found 200000; allowed: at most 100000 fte",
    ),
    (
        "fte = 2.0",
        "money = 1000, fte = 2.0",
        "base.toml:23: teams.reception.staff.worker.money: found fte and money; allowed: one of the two",
    ),
    (
        "fte = 2.0, ",
        "",
        "base.toml:23: teams.reception.staff.worker: found no fte and no money; allowed: one of the two",
    ),
    (
        "places = 9",
        "places = 9.5",
        "base.toml:29: teams.site.places: found 9.5; allowed: whole numbers of places",
    ),
    (
        "places = 9",
        "places = 0",
        "base.toml:28: teams.site: found a team that never has a place, needed by training; allowed: places, or staff with a caseload, in the run",
    ),
    (
        "places = 9",
        "places = 1",
        "base.toml:46: steps.training.intake.min: found 2; allowed: at most 1, the most places that site ever has",
    ),
    (
        "places = 9",
        "plaecs = 9",
        'base.toml:29: teams.site.plaecs: found unknown key; allowed: label, staff, places, cost_per_place, overheads, financed_by, turnover, closures, from, until, then, per; did you mean "places"?',
    ),
    (
        "places = 9",
        "places = 9\nstaff.a = { fte = 1, caseload = 5 }",
        "base.toml:29: teams.site.places: found places together with caseloads; allowed: either places or a caseload (staff.a has one)",
    ),
    (
        "places = 9",
        'places = 9\nper = "plaec"',
        'base.toml:30: teams.site.per: found "plaec"; allowed: a group (age, place); did you mean "place"?',
    ),
    (
        "places = 9",
        'per = "place"\nplaces = { ale = 4, kungaelv = 5 }',
        'base.toml:30: teams.site.places.kungaelv: found "kungaelv"; allowed: a value of place (ale, kungalv); did you mean "kungalv"?',
    ),
    (
        "places = 9",
        'per = "place"\nplaces = { ale = 4 }',
        'base.toml:30: teams.site.places: found no number for "kungalv"; allowed: a number for every value of place',
    ),
    (
        "places = 9",
        'per = "place"\nplaces = { ale = 0, kungalv = 5 }',
        'base.toml:28: teams.site: found a team that never has a place for "place=ale", needed by training; allowed: places, or staff with a caseload, in the run',
    ),
    (
        "places = 9",
        "places = 9\nfrom = 2019-07-01",
        "base.toml:32: teams.site.until: found 2019-06-30; allowed: a date from 2019-07-01 on (its from)",
    ),
    (
        "places = 9",
        "places = 9\nfrom = 2020-01-01\n",
        "base.toml:33: teams.site.until: found 2019-06-30; allowed: a date from 2020-01-01 on (its from)",
    ),
    (
        'then = "withdrew"\n',
        "",
        "base.toml:31: teams.site.until: found until without then; allowed: then beside it: the step or exit to which participants go from there",
    ),
    (
        'then = "withdrew"',
        'then = "withdrawn"',
        'base.toml:32: teams.site.then: found "withdrawn"; allowed: a step or exit (mapping, training, work, home, withdrew, turned_away, interrupted); did you mean "withdrew"?',
    ),
    (
        "until = 2019-06-30\n",
        "",
        "base.toml:31: teams.site.then: found then without until; allowed: then only beside until",
    ),
    (
        'then = "withdrew"',
        'then = "training"',
        "base.toml:32: teams.site.then: found ended teams that send participants in a circle (site -> site); allowed: an exit, or a step of a team that goes on",
    ),
    (
        "money = 300000, cost_per_fte = 600000, ",
        "money = 300000, ",
        "base.toml:24: teams.reception.staff.boss.money: found money without cost_per_fte; allowed: cost_per_fte beside it",
    ),
    (
        "money = 300000, cost_per_fte = 600000, ",
        "money = 300000, cost_per_fte = 0, ",
        "base.toml:24: teams.reception.staff.boss.cost_per_fte: found 0; allowed: a number > 0, as money is divided by it",
    ),
    (
        'paid_by = "members"',
        'paid_by = "The members"',
        'base.toml:24: teams.reception.staff.boss.paid_by: found the name "The members"; allowed: a name of small letters a-z, digits and _, starting with a letter; did you mean "the_members"?',
    ),
    (
        "staff.boss = ",
        "staff.Boss = ",
        'base.toml:24: teams.reception.staff.Boss: found the name "Boss"; allowed: a name of small letters a-z, digits and _, starting with a letter; did you mean "boss"?',
    ),
    (
        "{ association = 0.5, members = 0.5 }",
        "{ association = 0.5, members = 0.47 }",
        'base.toml:26: teams.reception.financed_by: found shares that sum to 0.97; allowed: shares that sum to 1, of which one may be "rest", or whole-number weights',
    ),
    (
        'vacancy = "4 months"',
        'vacancy = { distribution = "exponential", mean = "0 days" }',
        "base.toml:25: teams.reception.turnover.vacancy.mean: found a mean of 0; allowed: exponential needs a mean above 0",
    ),
    (
        "cv = 0.7",
        "cv = -0.7",
        "base.toml:36: steps.mapping.length_of_stay.cv: found -0.7; allowed: a number from 0 to 10",
    ),
    (
        "cv = 0.7",
        'distribution = "lognormal"',
        "base.toml:36: steps.mapping.length_of_stay.cv: found nothing; allowed: lognormal needs mean and cv",
    ),
    (
        "cv = 0.7",
        'distribution = "lognorml", cv = 0.7',
        'base.toml:36: steps.mapping.length_of_stay.distribution: found "lognorml"; allowed: "constant", "exponential", "lognormal", "gamma", "weibull", "erlang", "uniform", "triangular", "pert", "empirical" or "hyperexponential"; did you mean "lognormal"?',
    ),
    (
        "cv = 0.7",
        'distribution = "exponential", cv = 0.7',
        "base.toml:36: steps.mapping.length_of_stay.cv: found cv; allowed: exponential takes mean",
    ),
    (
        'mean = "5 weeks", cv = 0.7',
        'distribution = "triangular", low = "1 week", mode = "5 weeks", high = "4 weeks"',
        "base.toml:36: steps.mapping.length_of_stay: found durations out of order; allowed: low <= mode <= high, low < high",
    ),
    (
        'mean = "5 weeks", cv = 0.7',
        'distribution = "empirical", values = ["1 week", "5 weeks"], weights = [1]',
        "base.toml:36: steps.mapping.length_of_stay.weights: found 1 weights; allowed: 2, one for each value",
    ),
    (
        'mean = "5 weeks", cv = 0.7',
        'distribution = "empirical", values = ["1 week", 5]',
        'base.toml:36: steps.mapping.length_of_stay.values.1: found 5; allowed: a duration with a unit (days, weeks, months or years), such as "3 weeks" (write "5 weeks", if that is meant)',
    ),
    (
        'mean = "5 weeks", cv = 0.7',
        'distribution = "hyperexponential", shares = [0.5, 0.4], means = ["1 week", "5 weeks"]',
        'base.toml:36: steps.mapping.length_of_stay.shares: found shares that sum to 0.9; allowed: shares that sum to 1, of which one may be "rest", or whole-number weights',
    ),
    (
        'mean = "5 weeks", cv = 0.7',
        'distribution = "erlang", mean = "5 weeks", shape = 0.5',
        "base.toml:36: steps.mapping.length_of_stay.shape: found 0.5; allowed: a whole number from 1 to 1000",
    ),
    (
        '"age=young" = 0.8',
        '"age=yong" = 0.8',
        'base.toml:36: steps.mapping.length_of_stay.factors."age=yong": found "age=yong"; allowed: a value of age (age=young, age=old); did you mean "age=young"?',
    ),
    (
        '"age=young" = 0.8',
        '"agee=young" = 0.8',
        'base.toml:36: steps.mapping.length_of_stay.factors."agee=young": found the group "agee"; allowed: a group (age, place, source); did you mean "age=young"?',
    ),
    (
        '"age=young" = 0.8',
        '"young" = 0.8',
        'base.toml:36: steps.mapping.length_of_stay.factors.young: found "young"; allowed: who, as "group=value"; did you mean "age=young"?',
    ),
    (
        'priority = ["age=young"]',
        'priority = ["source=partner"]',
        'base.toml:38: steps.mapping.priority.0: found "source=partner"; allowed: a value of source (source=partners, source=spring, source=initial_training_waiting); did you mean "source=partners"?',
    ),
    (
        'priority = ["age=young"]',
        'priority = "age=young"',
        'base.toml:38: steps.mapping.priority: found "age=young"; allowed: a list in square brackets',
    ),
    (
        'patience = "9 months"',
        'patience = { mean = "9 months", since = "referal" }',
        'base.toml:37: steps.mapping.patience.since: found "referal"; allowed: "joining" or "referral"; did you mean "referral"?',
    ),
    (
        'patience = "9 months"',
        'patience = { mean = "9 months", exit = "gave_up" }',
        'base.toml:37: steps.mapping.patience.exit: found "gave_up"; allowed: an exit (work, home, withdrew, turned_away, interrupted)',
    ),
    (
        'training = 0.4, work = "rest"',
        "training = 0.4, work = 0.57",
        'base.toml:39: steps.mapping.next: found shares that sum to 0.97; allowed: shares that sum to 1, of which one may be "rest", or whole-number weights',
    ),
    (
        'training = 0.4, work = "rest"',
        'training = 1.4, work = "rest"',
        "base.toml:39: steps.mapping.next.training: found 1.4; allowed: shares of at most 1, or whole-number weights only",
    ),
    (
        'training = 0.4, work = "rest"',
        'training = "rest", work = "rest"',
        'base.toml:39: steps.mapping.next.work: found "rest"; allowed: only one "rest"',
    ),
    (
        'training = 0.4, work = "rest"',
        'trainng = 0.4, work = "rest"',
        'base.toml:39: steps.mapping.next.trainng: found "trainng"; allowed: a step or exit (mapping, training, work, home, withdrew, turned_away, interrupted); did you mean "training"?',
    ),
    (
        'training = 0.4, work = "rest"',
        'training = -0.4, work = "rest"',
        'base.toml:39: steps.mapping.next.training: found -0.4; allowed: a share from 0 to 1, a whole-number weight, or "rest"',
    ),
    (
        'training = 0.4, work = "rest"',
        'training = "most", work = "rest"',
        'base.toml:39: steps.mapping.next.training: found "most"; allowed: a share from 0 to 1, a whole-number weight, or "rest"',
    ),
    (
        'training = 0.4, work = "rest"',
        "",
        'base.toml:39: steps.mapping.next: found an empty table; allowed: shares that sum to 1, of which one may be "rest", or whole-number weights',
    ),
    (
        'next = { training = 0.4, work = "rest" }',
        'nxt = { training = 0.4, work = "rest" }',
        'base.toml:39: steps.mapping.nxt: found unknown key; allowed: label, team, length_of_stay, next, next_for, patience, interruption, priority, intake, max_waiting, keeps_place, cost_per_participant, cost_per_group, target_wait, initial; did you mean "next"?',
    ),
    (
        'next = { training = 0.4, work = "rest" }\n',
        "",
        "base.toml:34: steps.mapping.next: found participants who match no route; allowed: next for all others, or next_for for every value of a group",
    ),
    (
        'next = { training = 0.4, work = "rest" }',
        'next = "training"',
        'base.toml:39: steps.mapping.next: found "training"; allowed: a table of steps and exits with their shares',
    ),
    (
        'next_for."age=young" = { training = 0.5',
        'next_for."age=yuong" = { training = 0.5',
        'base.toml:40: steps.mapping.next_for."age=yuong": found "age=yuong"; allowed: a value of age (age=young, age=old); did you mean "age=young"?',
    ),
    (
        'next_for."age=young" = { training = 0.5',
        'next_for."age=young" = { training = 0.6',
        'base.toml:40: steps.mapping.next_for."age=young": found shares that sum to 1.1; allowed: shares that sum to 1, of which one may be "rest", or whole-number weights',
    ),
    (
        '{ share = 0.7, after = "4 weeks" }',
        "{ share = 0.7, after = 4 }",
        'base.toml:50: steps.training.next.home.after: found 4; allowed: a duration with a unit (days, weeks, months or years), such as "3 weeks", or a table such as { distribution = "gamma", mean = "3 weeks", cv = 0.5 }',
    ),
    (
        '{ share = 0.7, after = "4 weeks" }',
        '{ after = "4 weeks" }',
        'base.toml:50: steps.training.next.home.share: found nothing; allowed: a share from 0 to 1, a whole-number weight, or "rest"',
    ),
    (
        '{ share = 0.7, after = "4 weeks" }',
        '{ share = 0.7, delay = "4 weeks" }',
        "base.toml:50: steps.training.next.home.delay: found unknown key; allowed: share, after",
    ),
    (
        'team = "reception"',
        'team = "receptoin"',
        'base.toml:35: steps.mapping.team: found "receptoin"; allowed: a team (reception, site); did you mean "reception"?',
    ),
    (
        '["reception", "site"]',
        '["reception", "sites"]',
        'base.toml:43: steps.training.team.1: found "sites"; allowed: a team (reception, site); did you mean "site"?',
    ),
    (
        '["reception", "site"]',
        "3",
        "base.toml:43: steps.training.team: found 3; allowed: a name, or a list of names",
    ),
    (
        'interruption = { rate = "0.1 per year" }',
        "interruption = {}",
        "base.toml:45: steps.training.interruption: found no rate and no after; allowed: one of the two",
    ),
    (
        'interruption = { rate = "0.1 per year" }',
        'interruption = [{ rate = "0.1 per year", after = "1 week" }]',
        "base.toml:45: steps.training.interruption.0.after: found rate and after; allowed: one of the two",
    ),
    (
        'interruption = { rate = "0.1 per year" }',
        'interruption = [{ rate = "0.1 per year", exit = "hom" }]',
        'base.toml:45: steps.training.interruption.0.exit: found "hom"; allowed: an exit (work, home, withdrew, turned_away, interrupted); did you mean "home"?',
    ),
    (
        'interruption = { rate = "0.1 per year" }',
        'keeps_place = "yes"',
        'base.toml:45: steps.training.keeps_place: found "yes"; allowed: true or false, without quotes',
    ),
    (
        'interruption = { rate = "0.1 per year" }',
        "max_waiting = -1",
        "base.toml:45: steps.training.max_waiting: found -1; allowed: a whole number from 0 to 50000000",
    ),
    (
        '{ every = "2 weeks", min = 2, max = 4 }',
        '{ every = "2 weeks", min = 5, max = 4 }',
        "base.toml:46: steps.training.intake.min: found 5, above max; allowed: at most max (4)",
    ),
    (
        '{ every = "2 weeks", min = 2, max = 4 }',
        "{}",
        "base.toml:46: steps.training.intake: found an empty table; allowed: every (meetings) or min (a group)",
    ),
    (
        '{ every = "2 weeks", min = 2, max = 4 }',
        '{ min = 2, cut_off = "1 week" }',
        "base.toml:46: steps.training.intake.cut_off: found cut_off without every; allowed: cut_off only beside every",
    ),
    (
        '{ every = "2 weeks", min = 2, max = 4 }',
        "{ min = 2, first = 2017-01-09 }",
        "base.toml:46: steps.training.intake.first: found first without every; allowed: first only beside every",
    ),
    (
        '{ every = "2 weeks", min = 2, max = 4 }',
        '{ every = "0 days" }',
        "base.toml:46: steps.training.intake.every: found no time between meetings; allowed: a duration above 0",
    ),
    (
        '{ every = "2 weeks", min = 2, max = 4 }',
        '{ every = "1 week", min = 4, max_per_year = 3 }',
        "base.toml:46: steps.training.intake.max_per_year: found 3, below min; allowed: at least min (4)",
    ),
    (
        '{ every = "2 weeks", min = 2, max = 4 }',
        "{ min = 10 }",
        "base.toml:46: steps.training.intake.min: found 10; allowed: at most 9, the most places that site ever has",
    ),
    (
        'intake = { every = "2 weeks", min = 2, max = 4 }\n',
        "",
        "base.toml:46: steps.training.cost_per_group: found cost_per_group without intake; allowed: cost_per_group only beside intake",
    ),
    (
        "initial = { waiting = 3, ",
        "initial = { waiting = 3.5, ",
        "base.toml:48: steps.training.initial.waiting: found 3.5; allowed: a whole number from 0 to 50000000",
    ),
    (
        "initial = { waiting = 3, ",
        'initial = { in_service = { "0-3 months" = 4, "3 months" = 2 }, ',
        'base.toml:48: steps.training.initial.in_service."3 months": found no class of times; allowed: a class of times such as "0-3 months", the shorter first, of at most 1000 years',
    ),
    (
        "initial = { waiting = 3, ",
        'initial = { in_service = { "0-3 months" = -4 }, ',
        'base.toml:48: steps.training.initial.in_service."0-3 months": found -4; allowed: a whole number from 0 to 50000000',
    ),
    (
        "initial = { waiting = 3, ",
        'initial = { in_service = { "0-3 months" = 4, "2-5 months" = 1 }, ',
        'base.toml:48: steps.training.initial.in_service."2-5 months": found an overlap; allowed: a class that does not overlap "0-3 months"',
    ),
    (
        "initial = { waiting = 3, ",
        "initial = { in_service = {}, ",
        'base.toml:48: steps.training.initial.in_service: found an empty table; allowed: a whole number, or a table by time such as { "0-3 months" = 14, "3-9 months" = 22 }',
    ),
    (
        "initial = { waiting = 3, ",
        'initial = { in_service = "many", ',
        'base.toml:48: steps.training.initial.in_service: found "many"; allowed: a whole number, or a table by time such as { "0-3 months" = 14, "3-9 months" = 22 }',
    ),
    (
        "date = 2018-03-01",
        "date = 2020-03-01",
        "base.toml:20: referrals.spring.cohort.0.date: found 2020-03-01; allowed: a date inside the run, from 2017-01-01 to 2019-12-31",
    ),
    (
        "date = 2018-03-01",
        'date = "spring"',
        'base.toml:20: referrals.spring.cohort.0.date: found "spring"; allowed: a date without quotes, such as 2017-01-01',
    ),
    (
        "count = 10",
        "count = 0",
        "base.toml:20: referrals.spring.cohort.0.count: found 0; allowed: a whole number >= 1",
    ),
    (
        "count = 10",
        "count = 60000000",
        "base.toml:20: referrals.spring.cohort: found about 60,000,000 participants, which make about 3.01e+08 rows of the event log and take about 55 GB of memory; allowed: at most 100,000,000 rows and 2 GB in a replication",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        'cohort = [{ date = 2018-03-01, count = 10 }], rate = "1 per week"',
        "base.toml:20: referrals.spring.cohort: found rate and cohort; allowed: one of rate, cohort and file",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        "cohort = [{ date = 2018-03-01, count = 10 }], from = 2018-01-01",
        "base.toml:20: referrals.spring.from: found from without rate; allowed: from only beside a rate",
    ),
    (
        ", cohort = [{ date = 2018-03-01, count = 10 }]",
        "",
        "base.toml:20: referrals.spring: found no rate, cohort or file; allowed: one of the three",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        'rate = "1 per week", from = 2020-01-01',
        "base.toml:20: referrals.spring.from: found 2020-01-01; allowed: a date inside the run, from 2017-01-01 to 2019-12-31",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        'rate = "1 per week", from = 2018-01-01, until = 2017-06-30',
        "base.toml:20: referrals.spring.until: found 2017-06-30; allowed: a date from 2018-01-01 on (its from)",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        'rate = "1 per week", changes = [{ from = 2018-01-01, rate = "2 per week" }, { from = 2018-01-01, rate = "3 per week" }]',
        "base.toml:20: referrals.spring.changes.1.from: found 2018-01-01; allowed: a date after 2018-01-01, that of the change before",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        'rate = "1 per week", seasonality = [1, 1, 1]',
        "base.toml:20: referrals.spring.seasonality: found 3 entries; allowed: 12 entries",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        'rate = "1 per week", seasonality = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]',
        "base.toml:20: referrals.spring.seasonality: found twelve zeros; allowed: at least one month above 0",
    ),
    (
        "cohort = [{ date = 2018-03-01, count = 10 }]",
        'file = "missing.csv"',
        'base.toml:20: referrals.spring.file: found no such file ("missing.csv"); allowed: a CSV file beside the scenario',
    ),
    (
        'place = "ale" }',
        'place = "alle" }',
        'base.toml:19: referrals.partners.groups.place: found "alle"; allowed: a value of place (ale, kungalv); did you mean "ale"?',
    ),
    (
        'place = "ale" }',
        'palce = "ale" }',
        'base.toml:19: referrals.partners.groups.palce: found "palce"; allowed: a group (age, place); did you mean "place"?',
    ),
    (
        'spring = { to = "mapping"',
        'spring = { to = "work"',
        'base.toml:20: referrals.spring.to: found "work"; allowed: a step (mapping, training)',
    ),
    (
        "spring = {",
        "Spring = {",
        'base.toml:20: referrals.Spring: found the name "Spring"; allowed: a name of small letters a-z, digits and _, starting with a letter; did you mean "spring"?',
    ),
    (
        "age = { young = 0.4, old = 0.6 }",
        "age = { young = 0.4, old = 0.5 }",
        'base.toml:11: groups.age: found shares that sum to 0.9; allowed: shares that sum to 1, of which one may be "rest", or whole-number weights',
    ),
    (
        "place = { ale = 1, kungalv = 3 }",
        "place = { ale = 1.5, kungalv = 3 }",
        "base.toml:12: groups.place.ale: found 1.5; allowed: shares of at most 1, or whole-number weights only",
    ),
    (
        "place = { ale = 1, kungalv = 3 }",
        "place = { ale = 1, kungalv = 3 }\nsource = { a = 1 }",
        'base.toml:13: groups.source: found the name "source"; allowed: another name, as source is built in (the referral source)',
    ),
    (
        'from = "07-06", until = "08-02"',
        'from = "02-29", until = "08-02"',
        'base.toml:15: calendar.closures.0.from: found "02-29"; allowed: a day that every year has ("02-28" or "03-01")',
    ),
    (
        'from = "07-06", until = "08-02"',
        'from = "7/6", until = "08-02"',
        'base.toml:15: calendar.closures.0.from: found "7/6"; allowed: a day of every year such as "07-06" (month-day), or a date such as 2019-07-06',
    ),
    (
        'from = "07-06", until = "08-02"',
        'from = "07-06", until = 2018-08-02',
        "base.toml:15: calendar.closures.0: found a day of every year and a date; allowed: from and until of one kind",
    ),
    (
        'from = "07-06", until = "08-02"',
        "from = 2018-08-02, until = 2018-07-06",
        "base.toml:15: calendar.closures.0.until: found 2018-07-06; allowed: a date from 2018-08-02 on",
    ),
    (
        'home = "Home"',
        "home = 3",
        "base.toml:54: exits.home: found 3; allowed: a label in quotes, or a table with label, sustained, returns",
    ),
    (
        'share = 0.1, after = "1 year"',
        'share = 1.1, after = "1 year"',
        "base.toml:53: exits.work.returns.share: found 1.1; allowed: a number from 0 to 1",
    ),
    (
        'share = 0.1, after = "1 year", to = "mapping"',
        'share = 0.1, after = "1 year", to = "maping"',
        'base.toml:53: exits.work.returns.to: found "maping"; allowed: a step (mapping, training); did you mean "mapping"?',
    ),
    (
        'label = "Work"',
        'label = "Work", sustained = { after = "6 months", share = 50 }',
        "base.toml:53: exits.work.sustained.share: found 50; allowed: a number from 0 to 1",
    ),
    (
        'completed = ["work", "home"]',
        'completed = ["work", "hoem"]',
        'base.toml:57: outcomes.completed.1: found "hoem"; allowed: an exit (work, home, withdrew, turned_away, interrupted); did you mean "home"?',
    ),
    (
        'completed = ["work", "home"]',
        'completed = "work"',
        'base.toml:57: outcomes.completed: found "work"; allowed: a list of exits, or a table with label and exits',
    ),
    (
        'completed = ["work", "home"]',
        'completed = { label = "Ends", exits = ["work", "hoem"] }',
        'base.toml:57: outcomes.completed.exits.1: found "hoem"; allowed: an exit (work, home, withdrew, turned_away, interrupted); did you mean "home"?',
    ),
    (
        'completed = ["work", "home"]',
        'completed = { label = "Ends" }',
        "base.toml:57: outcomes.completed.exits: found nothing; allowed: a value, as it is needed (the exits that count)",
    ),
    (
        'completed = ["work", "home"]',
        'completed = ["work", 3]',
        "base.toml:57: outcomes.completed: found 3; allowed: a text in quotes",
    ),
    (
        'kpi = "mapping.wait.mean", at_most = 60',
        'kpi = "maping.wait.mean", at_most = 60',
        'base.toml:60: goals.soon.kpi: found "maping.wait.mean"; allowed: the name of a figure, such as "participants" or "mapping.wait.mean"; did you mean "mapping.wait.mean"?',
    ),
    (
        'kpi = "mapping.wait.mean", at_most = 60',
        'kpi = "mapping.wait.mean"',
        "base.toml:60: goals.soon: found no at_least and no at_most; allowed: at least one of the two",
    ),
    (
        'kpi = "mapping.wait.mean", at_most = 60',
        "at_most = 60",
        "base.toml:60: goals.soon: found no kpi and no outcome; allowed: one of the two",
    ),
    (
        'kpi = "mapping.wait.mean", at_most = 60',
        'kpi = "mapping.wait.mean", at_most = 60, at_least = 70',
        "base.toml:60: goals.soon.at_least: found 70; allowed: at most at_most (60)",
    ),
    (
        'outcome = "completed"',
        'outcome = "complete"',
        'base.toml:61: goals.works.outcome: found "complete"; allowed: an outcome (completed); did you mean "completed"?',
    ),
    (
        'of = "mapping", ',
        "",
        "base.toml:61: goals.works: found outcome without of; allowed: outcome, within, of and at_least",
    ),
    (
        'outcome = "completed", ',
        'outcome = "completed", kpi = "left", ',
        "base.toml:61: goals.works.outcome: found kpi and outcome; allowed: kpi with at_least or at_most only",
    ),
    (
        "target_group = 4848",
        "target_group = -1",
        "base.toml:64: population.target_group: found -1; allowed: a number >= 0",
    ),
    (
        'counted_in = ["mapping"]',
        'counted_in = ["home"]',
        'base.toml:65: population.counted_in.0: found "home"; allowed: a step (mapping, training)',
    ),
    (
        "administration = 1000000",
        "administration = { ale = 1, kungalv = 2 }",
        'base.toml:68: costs.administration.ale: found the value "ale"; allowed: a number or a table by year, as no team here has the key per',
    ),
    (
        "contributions = { state = 0.5, region = 0.5 }",
        "contributions = { state = 0.5, region = 0.25 }",
        'base.toml:69: costs.contributions: found shares that sum to 0.75; allowed: shares that sum to 1, of which one may be "rest", or whole-number weights',
    ),
    (
        "[observed.2019]",
        "[observed.2020]",
        'base.toml:73: observed.2020: found the period "2020"; allowed: a year from 2017 to 2019, or "run" for the whole run',
    ),
    (
        "[observed.2019]",
        "[observed.total]",
        'base.toml:73: observed.total: found the period "total"; allowed: a year from 2017 to 2019, or "run" for the whole run',
    ),
    (
        "participants = { value = 40",
        "participant = { value = 40",
        'base.toml:74: observed.2019.participant: found "participant"; allowed: the name of a figure, such as "participants" or "mapping.wait.mean"; did you mean "participants"?',
    ),
    (
        "low = 39",
        "low = 45",
        "base.toml:74: observed.2019.participants.value: found 40; allowed: a number from low (45) to high (41)",
    ),
    (
        'source = "review, 5.1"',
        'source = "reviw, 5.1"',
        'base.toml:74: observed.2019.participants.source: found "reviw"; allowed: a key of [sources] (review); did you mean "review"?',
    ),
    (
        '"stated: review, 5"',
        '"stated review"',
        'base.toml:80: provenance."steps.mapping": found "stated review"; allowed: "stated: source", "derived: source, how" or "assumed: why"; did you mean "stated"?',
    ),
    (
        '"stated: review, 5"',
        '"sated: review"',
        'base.toml:80: provenance."steps.mapping": found "sated: review"; allowed: "stated: source", "derived: source, how" or "assumed: why"; did you mean "stated"?',
    ),
    (
        '"stated: review, 5"',
        '"stated: revieww, 5"',
        'base.toml:80: provenance."steps.mapping": found "revieww"; allowed: a key of [sources] (review); did you mean "review"?',
    ),
    (
        '"steps.mapping" =',
        '"steps.maping" =',
        'base.toml:80: provenance."steps.maping": found a key that is not in the file; allowed: a key of this file in quotes, such as "teams.coaching.staff"; did you mean "steps.mapping"?',
    ),
    (
        "[costs]",
        "[cost]",
        'base.toml:67: cost: found unknown key; allowed: scenario, run, groups, calendar, referrals, teams, steps, exits, outcomes, goals, population, costs, observed, planned, payers, sources, provenance, uncertain; did you mean "costs"?',
    ),
    (
        "[steps.mapping]",
        "[steps.mapping]\nkeep_place = true",
        'base.toml:35: steps.mapping.keep_place: found unknown key; allowed: label, team, length_of_stay, next, next_for, patience, interruption, priority, intake, max_waiting, keeps_place, cost_per_participant, cost_per_group, target_wait, initial; did you mean "keeps_place"?',
    ),
    (
        'next = { training = 0.4, work = "rest" }\nnext_for',
        "next_for",
        "base.toml:34: steps.mapping.next: found participants who match no route; allowed: next for all others, or next_for for every value of a group",
    ),
    (
        '{ mean = "5 weeks", cv = 0.7, factors = { "age=young" = 0.8 } }',
        '"0 days"\nnext_for."age=old" = { mapping = 0.1, work = "rest" }',
        "base.toml:36: steps.mapping.length_of_stay: found steps that take no time, in a circle (mapping -> mapping); allowed: a length of stay, or a delay, above 0 somewhere in it",
    ),
]

WHOLE = [
    (
        "next = { train = 0.5, done = 0.5 }",
        "next = { done = 1 }",
        "flow.toml:20: steps.train: found a step that nobody can reach; allowed: a step that a source, a route, a return or then leads to",
    ),
    (
        "next = { talk = 0.1, done = 0.9 }",
        "next = { train = 1 }",
        "flow.toml:23: steps.train.next: found a step that cannot be left; allowed: routes that lead to an exit in the end",
    ),
    (
        "next = { talk = 0.1, done = 0.9 }",
        'next = { talk = 0.1, done = 0.9 }\nnext_for."age=old" = { train = 1 }',
        'flow.toml:23: steps.train.next: found a step that cannot be left by those with "age=old"; allowed: routes that lead to an exit in the end',
    ),
    (
        'length_of_stay = "4 weeks"\nnext = { talk = 0.1,',
        'length_of_stay = "0 days"\nnext = { train = 0.1,',
        "flow.toml:22: steps.train.length_of_stay: found steps that take no time, in a circle (train -> train); allowed: a length of stay, or a delay, above 0 somewhere in it",
    ),
    (
        'length_of_stay = "4 weeks"\nnext = { talk = 0.1,',
        'length_of_stay = "0 days"\nnext = { train = { share = 0.1, after = "0 days" },',
        "flow.toml:22: steps.train.length_of_stay: found steps that take no time, in a circle (train -> train); allowed: a length of stay, or a delay, above 0 somewhere in it",
    ),
    (
        "places = 4\n[steps",
        "places = 0\n[steps",
        "flow.toml:14: teams.coaches: found a team that never has a place, needed by train; allowed: places, or staff with a caseload, in the run",
    ),
    (
        "places = 4\n[teams",
        "from = 2022-01-01\nplaces = 4\n[teams",
        "flow.toml:12: teams.nurses: found a team that never has a place, needed by talk; allowed: places, or staff with a caseload, in the run",
    ),
    (
        "places = 4\n[teams",
        "staff.nurse = { fte = 0.9, caseload = 1 }\n[teams",
        "flow.toml:12: teams.nurses: found a team that never has a place, needed by talk; allowed: places, or staff with a caseload, in the run",
    ),
    (
        "places = 4\n[teams",
        "staff.nurse = { fte = 4 }\n[teams",
        "flow.toml:12: teams.nurses: found a team that never has a place, needed by talk; allowed: places, or staff with a caseload, in the run",
    ),
    (
        "places = 4\n[teams",
        'places = { young = 4, old = 0 }\nper = "age"\n[teams',
        'flow.toml:12: teams.nurses: found a team that never has a place for "age=old", needed by talk; allowed: places, or staff with a caseload, in the run',
    ),
    (
        'team = "coaches"',
        'team = "coaches"\nintake = { min = 5 }',
        "flow.toml:22: steps.train.intake.min: found 5; allowed: at most 4, the most places that coaches ever has",
    ),
    (
        '[referrals.gp]\nto = "talk"\nrate = "24 per year"\n',
        "",
        "flow.toml: referrals: found nobody who is ever referred; allowed: a source under [referrals], or a step with initial participants",
    ),
    (
        'rate = "24 per year"',
        'rate = "1e9 per year"',
        "flow.toml:11: referrals.gp.rate: found about 2e+09 participants, which make about 4e+09 rows of the event log and take about 737 GB of memory; allowed: at most 100,000,000 rows and 2 GB in a replication",
    ),
    (
        'rate = "24 per year"',
        'rate = "2000000 per year"\n[referrals.b]\nto = "train"\nrate = "2000000 per year"',
        "flow.toml:11: referrals.gp.rate: found about 4,000,000 participants and more, which make about 16,000,000 rows of the event log and take about 2.9 GB of memory; allowed: at most 100,000,000 rows and 2 GB in a replication",
    ),
    (
        'rate = "24 per year"',
        "cohort = [{ date = 2021-12-31, count = 60000000 }]",
        "flow.toml:11: referrals.gp.cohort: found about 60,000,000 participants, which make about 1.2e+08 rows of the event log and take about 40 GB of memory; allowed: at most 100,000,000 rows and 2 GB in a replication",
    ),
    (
        'team = "coaches"',
        'team = "coaches"\ninitial = { waiting = 50000000 }',
        "flow.toml:22: steps.train.initial: found about 50,000,000 participants, which make about 1e+08 rows of the event log and take about 18 GB of memory; allowed: at most 100,000,000 rows and 2 GB in a replication",
    ),
    (
        'done = "Done"',
        'done = "Done"\n[observed.run]\nleft = { value = 3 }\n[observed.2022]\nleft = { value = 3 }',
        'flow.toml:28: observed.2022: found the period "2022"; allowed: a year from 2020 to 2021, or "run" for the whole run',
    ),
    (
        'team = "nurses"\nlength_of_stay = "1 week"\nnext = { train = 0.5, done = 0.5 }\n[steps.train]\nteam',
        'team = "nurses"\nkeeps_place = true\nlength_of_stay = "1 week"\nnext = { train = 0.5, done = 0.5 }\n[steps.train]\nkeeps_place = true\nteam',
        "flow.toml:18: steps.talk.keeps_place: found teams that wait for each other's kept places (nurses -> coaches -> nurses); allowed: no such circle: it can stand still for ever",
    ),
    (
        'length_of_stay = "4 weeks"\nnext = { talk = 0.1, done = 0.9 }\n[exits]\ndone = "Done"',
        'length_of_stay = "0 days"\nnext = { done = 1 }\n[exits]\ndone = { returns = { share = 0.1, after = "0 days", to = "train" } }',
        "flow.toml:22: steps.train.length_of_stay: found steps that take no time, in a circle (train -> train); allowed: a length of stay, or a delay, above 0 somewhere in it",
    ),
    (
        "places = 4\n[teams.coaches]\nplaces = 4",
        'places = 4\nuntil = 2020-12-31\nthen = "train"\n[teams.coaches]\nplaces = 4\nuntil = 2021-06-30\nthen = "talk"',
        "flow.toml:15: teams.nurses.then: found ended teams that send participants in a circle (nurses -> coaches -> nurses); allowed: an exit, or a step of a team that goes on",
    ),
]

FINE = [
    ("next = { train = 0.5, done = 0.5 }", "next = { train = 0, done = 1 }"),
    ('"4 weeks"', '"0 days"\nmax_waiting = 3'),
    (
        'length_of_stay = "4 weeks"\nnext = { talk = 0.1,',
        'length_of_stay = "0 days"\nnext = { train = { share = 0.1, after = "1 day" },',
    ),
    (
        'length_of_stay = "1 week"\nnext = { train = 0.5, done = 0.5 }',
        'length_of_stay = "0 days"\nnext = { done = 1 }\ninitial = { waiting = 1 }\n[steps.other]\nlength_of_stay = "1 day"\nnext = { train = 1 }\ninitial = { waiting = 1 }',
    ),
    ('done = "Done"', 'done = { returns = { share = 0.1, after = "0 days", to = "train" } }'),
    ('length_of_stay = "4 weeks"', 'keeps_place = true\nlength_of_stay = "4 weeks"'),
    ('team = "nurses"', 'team = "nurses"\nkeeps_place = true'),
    (
        "places = 4\n[teams",
        "staff.nurse = { fte = { 2020 = 0.5, 2021 = 1 }, caseload = 1 }\n[teams",
    ),
    ('rate = "24 per year"', 'rate = "1e9 per year"\nat_most = 100'),
    ("places = 4\n[teams", 'places = 4\nuntil = 2020-12-31\nthen = "train"\n[teams'),
]


def lines_of(text: str, name: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loads(text, name)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(("old", "new", "line"), KEYS)
def test_a_fault_of_a_table(old: str, new: str, line: str) -> None:
    assert BASE.count(old) == 1
    assert lines_of(BASE.replace(old, new), "base.toml") == [line]


@pytest.mark.parametrize(("old", "new", "line"), WHOLE)
def test_a_fault_of_the_flow(old: str, new: str, line: str) -> None:
    assert FLOW.count(old) == 1
    assert lines_of(FLOW.replace(old, new), "flow.toml") == [line]


@pytest.mark.parametrize(("old", "new"), FINE)
def test_no_fault(old: str, new: str) -> None:
    assert FLOW.count(old) == 1
    loads(FLOW.replace(old, new), "flow.toml")


@pytest.mark.parametrize("numbers", ["{ ale = 1, orust = 2 }", "{ ale = 1, orust = 2, kil = 3 }"])
def test_numbers_by_values_that_two_groups_share_are_of_the_group_that_has_just_these(
    numbers: str,
) -> None:
    mixes = "home = { ale = 0.5, orust = 0.5, kil = 0 }\nplace = { ale = 0.5, orust = 0.5 }\n"
    text = FLOW.replace("[groups]\n", "[groups]\n" + mixes)
    text += f"[costs]\nadministration = {numbers}\n"
    for team, group in (("nurses", "home"), ("coaches", "place")):
        text = text.replace(f"[teams.{team}]", f'[teams.{team}]\nper = "{group}"')
    loads(text, "flow.toml")


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    text = BASE
    for old, new in [
        ('language = "en"', 'language = "se"'),
        ("old = 0.6", "old = 0.5"),
        ('"30 per year"', "30"),
        ("fte = 2.0", "fte = -2"),
        ("places = 9", "plaecs = 9"),
        ("cv = 0.7", "cv = nan"),
        ('training = 0.4, work = "rest"', "training = 0.4, work = 0.57"),
        ('"reception", "site"', '"reception", "sites"'),
        ("[exits]", '[exits]\nmapping = "x"'),
        ('completed = ["work", "home"]', 'completed = ["work", "hoem"]'),
        ("[observed.2019]", "[observed.2020]"),
        ('"steps.mapping" =', '"steps.maping" ='),
    ]:
        assert text.count(old) == 1
        text = text.replace(old, new)
    found = [line.split(": found")[0] for line in lines_of(text, "base.toml")]
    assert found == [
        "base.toml:3: scenario.language",
        "base.toml:11: groups.age",
        "base.toml:19: referrals.partners.rate",
        "base.toml:23: teams.reception.staff.worker.fte",
        "base.toml:29: teams.site.plaecs",
        "base.toml:36: steps.mapping.length_of_stay.cv",
        "base.toml:39: steps.mapping.next",
        "base.toml:43: steps.training.team.1",
        "base.toml:53: exits.mapping",
        "base.toml:58: outcomes.completed.1",
        "base.toml:74: observed.2020",
        'base.toml:81: provenance."steps.maping"',
    ]


def test_a_misspelt_key_is_one_fault_and_not_also_a_missing_key() -> None:
    lines = lines_of(
        BASE.replace('length_of_stay = "3 months"', 'lenght_of_stay = "3 months"'), "b"
    )
    assert [line.split(";")[0] for line in lines] == [
        "b:44: steps.training.lenght_of_stay: found unknown key"
    ]


# Warnings


def warnings_of(text: str, kind: str) -> list[str]:
    return [str(notice) for notice in loads(text, "w.toml").warnings if notice.kind == kind]


def test_a_load_above_1_is_warned_about() -> None:
    # Four nurses take 4 / 7 a day, and half of these go on to coaches, who take 4 / 28 a day, of
    # whom a tenth come back: (2 + 0.1 / 7) x 7 = 14.1 places, and 0.5 x 4 / 7 x 28 = 8.
    text = FLOW.replace('"24 per year"', '"2 per day"')
    assert warnings_of(text, "load") == [
        "w.toml:12: teams.nurses: load 353 %: 736 a year come and 209 can start (on average 14.1 "
        "places are needed and 4.0 are there), so the list grows unless people give up",
        "w.toml:14: teams.coaches: load 200 %: 104 a year come and 52 can start (on average 8.0 "
        "places are needed and 4.0 are there), so the list grows unless people give up",
    ]
    assert warnings_of(FLOW, "load") == []


def test_an_empty_start_of_a_steady_run_is_warned_about() -> None:
    text = FLOW.replace('warm_up = "6 months"\n', "")
    message = (
        "w.toml:3: run: starts empty and has no warm_up, though nothing in the file changes from "
        "year to year; if the run is meant as steady, add warm_up (how long: flowsim warmup FILE), "
        "or initial participants"
    )
    assert warnings_of(text, "start") == [message]
    assert warnings_of(FLOW, "start") == []
    changing = text.replace('rate = "24 per year"', 'rate = "24 per year"\nfrom = 2020-02-01')
    assert warnings_of(changing, "start") == []


def test_a_group_in_a_shared_team_is_warned_about() -> None:
    assert warnings_of(BASE, "group") == [
        "w.toml:46: steps.training.intake.min: a group needs 2 places of reception at once, and "
        "mapping may take each as it gets free: the group may never start"
    ]


def test_more_participants_than_places_at_the_start_are_warned_about() -> None:
    text = FLOW.replace('team = "nurses"', 'team = "nurses"\ninitial = { in_service = 5 }')
    assert warnings_of(text, "initial") == [
        "w.toml:18: steps.talk.initial.in_service: 5 participants are in nurses at the start, which "
        "has 4 places; nobody starts there until enough have left"
    ]


def test_inputs_without_provenance_are_listed() -> None:
    found = [line.split(": ")[1] for line in warnings_of(BASE, "provenance")]
    assert found[:4] == ["groups.age", "groups.place", "calendar.closures", "calendar.seasonality"]
    assert not any(path.startswith(("teams", "steps.mapping")) for path in found)
    partly = BASE.replace('"teams" =', '"teams.reception.staff.worker.fte" =')
    found = [line.split(": ")[1] for line in warnings_of(partly, "provenance")]
    assert [path for path in found if path.startswith("teams.reception.staff")] == [
        "teams.reception.staff.worker.caseload",
        "teams.reception.staff.worker.cost_per_fte",
        "teams.reception.staff.boss",
    ]


def test_check_gives_the_warnings_again() -> None:
    scenario = loads(BASE, "base.toml")
    assert tuple(check(scenario)) == scenario.warnings
