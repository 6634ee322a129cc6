"""The words of a comparison, in the two languages a report can have."""

from __future__ import annotations

ENGLISH = {
    "title": "{base} compared with {variant}",
    "facts": "{replications} replications of each with the same luck, seed {seed}; {period}",
    "whole_run": "whole run, {first} to {last}",
    "year": "year {year}",
    "figure": "Figure",
    "difference": "Difference from {base}",
    "chance": "Chance that it is better",
    "gain": "Gain of shared luck",
    "note_intervals": "In brackets: intervals that hold all {n} differences at once with 95 % "
    "confidence (Bonferroni). By the same intervals a difference is claimed only where 0 lies "
    "outside.",
    "note_chance": "Chance that it is better: the share of replications in which the variant did "
    "better than {base} in one and the same future, with the same people and the same luck; "
    "ties count half. – where more or less is neither better nor worse.",
    "note_gain": "Gain of shared luck: as many times more replications would be needed if each "
    "scenario had luck of its own.",
    "note_needed": "Replications needed: enough to tell the difference in 8 cases of 10, if it is "
    "as large as it looks here.",
    "days": "days",
    "weeks": "weeks",
    "months": "months",
    "points": "percentage points",
    "thousand": "thousand {currency}",
    "places": "places",
    "fte": "posts",
    "time_less": "shorter by {amount}{range}",
    "time_more": "longer by {amount}{range}",
    "count_less": "{amount} fewer{range}",
    "count_more": "{amount} more{range}",
    "level_less": "lower by {amount}{range}",
    "level_more": "higher by {amount}{range}",
    "range": " ({lower} to {upper})",
    "constant": ", the same in all {n} replications",
    "equal": "no difference in any of the {n} replications",
    "unclear": "cannot be told from {base} with {n} replications (between {lower} and {upper}); "
    "{needed}",
    "needed": "about {needed} would be needed",
    "hopeless": "a million would not be enough",
    "no_direction": "the mean difference is 0",
    "too_few": "cannot be told from {base}: too few replications ({n})",
    "missing": "nothing to compare: no replication in which both have it",
    "time_axis_less": "shorter",
    "time_axis_more": "longer",
    "count_axis_less": "fewer",
    "count_axis_more": "more",
    "level_axis_less": "lower",
    "level_axis_more": "higher",
    "figure_title": "Differences from {base}",
    "figure_note": "Filled: a difference that is claimed. Hollow: cannot be told apart. Lines: "
    "intervals that hold all at once with 95 % confidence.",
}

SWEDISH = {
    "title": "{base} jämfört med {variant}",
    "facts": "{replications} replikationer av varje med samma tur, frö {seed}; {period}",
    "whole_run": "hela perioden, {first} till {last}",
    "year": "år {year}",
    "figure": "Mått",
    "difference": "Skillnad mot {base}",
    "chance": "Chans att det är bättre",
    "gain": "Vinst av delad tur",
    "note_intervals": "Inom parentes: intervall som rymmer alla {n} skillnader på en gång med 95 % "
    "säkerhet (Bonferroni). Enligt samma intervall hävdas en skillnad bara där 0 ligger utanför.",
    "note_chance": "Chans att det är bättre: andelen replikationer där varianten gick bättre än "
    "{base} i en och samma framtid, med samma människor och samma tur; lika räknas som hälften. "
    "– där mer eller mindre varken är bättre eller sämre.",
    "note_gain": "Vinst av delad tur: så många gånger fler replikationer skulle behövas om varje "
    "scenario hade sin egen tur.",
    "note_needed": "Replikationer som behövs: nog för att urskilja skillnaden i 8 fall av 10, om "
    "den är så stor som den ser ut här.",
    "days": "dagar",
    "weeks": "veckor",
    "months": "månader",
    "points": "procentenheter",
    "thousand": "tusen {currency}",
    "places": "platser",
    "fte": "tjänster",
    "time_less": "kortare med {amount}{range}",
    "time_more": "längre med {amount}{range}",
    "count_less": "{amount} färre{range}",
    "count_more": "{amount} fler{range}",
    "level_less": "lägre med {amount}{range}",
    "level_more": "högre med {amount}{range}",
    "range": " ({lower} till {upper})",
    "constant": ", lika i alla {n} replikationer",
    "equal": "ingen skillnad i någon av de {n} replikationerna",
    "unclear": "går inte att skilja från {base} med {n} replikationer (mellan {lower} och "
    "{upper}); {needed}",
    "needed": "omkring {needed} skulle behövas",
    "hopeless": "en miljon skulle inte räcka",
    "no_direction": "skillnaden är 0 i medeltal",
    "too_few": "går inte att skilja från {base}: för få replikationer ({n})",
    "missing": "inget att jämföra: ingen replikation där båda har måttet",
    "time_axis_less": "kortare",
    "time_axis_more": "längre",
    "count_axis_less": "färre",
    "count_axis_more": "fler",
    "level_axis_less": "lägre",
    "level_axis_more": "högre",
    "figure_title": "Skillnader mot {base}",
    "figure_note": "Fylld: en skillnad som hävdas. Tom: går inte att skilja. Streck: intervall som "
    "rymmer alla på en gång med 95 % säkerhet.",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}
