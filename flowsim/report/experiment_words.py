"""The words of an experiment, in the two languages a report can have."""

from __future__ import annotations

ENGLISH = {
    "facts": "{points} points, {replications} replications of each with the same luck, "
    "seed {seed}; {period}",
    "point": "Point",
    "mean": "Mean (95 % interval)",
    "difference": "Difference from {base}",
    "base": "what the others are compared with",
    "note_own": "Mean: in brackets the 95 % confidence interval of each point alone.",
    "note_difference": "Difference: paired, replication by replication; in brackets intervals that "
    "hold all {n} differences at once with 95 % confidence (Bonferroni). A difference is claimed "
    "only where 0 lies outside.",
    "shortened": "{left_out} more points are in {file}.",
    "answer": "Answer: {text}",
    "broken": "The answer in the file does not fit these figures and is not shown. Does not hold: "
    "{claims}",
    "stated": "Stated: {inputs}.",
    "derived": "Derived: {inputs}.",
    "assumed": "Assumed: {inputs}.",
    "written_to": "Written to {folder}",
}

SWEDISH = {
    "facts": "{points} punkter, {replications} replikationer av varje med samma tur, frö {seed}; "
    "{period}",
    "point": "Punkt",
    "mean": "Medelvärde (95 % intervall)",
    "difference": "Skillnad mot {base}",
    "base": "det som de andra jämförs med",
    "note_own": "Medelvärde: inom parentes 95 % konfidensintervall för varje punkt för sig.",
    "note_difference": "Skillnad: parad, replikation för replikation; inom parentes intervall som "
    "rymmer alla {n} skillnader på en gång med 95 % säkerhet (Bonferroni). En skillnad hävdas bara "
    "där 0 ligger utanför.",
    "shortened": "{left_out} punkter till finns i {file}.",
    "answer": "Svar: {text}",
    "broken": "Filens svar stämmer inte med dessa tal och visas inte. Håller inte: {claims}",
    "stated": "Uppgivet: {inputs}.",
    "derived": "Härlett: {inputs}.",
    "assumed": "Antaget: {inputs}.",
    "written_to": "Sparat i {folder}",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}
