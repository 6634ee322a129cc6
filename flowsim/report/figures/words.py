"""The words of figures, in the two languages a report can have."""

from __future__ import annotations

ENGLISH = {
    "caption": "{how} {title}. {n} replications, seed\u00a0{seed}.",
    "caption_first": "{how} {title}. The first {n} of {all} replications, seed\u00a0{seed}.",
    "band": "The solid line is the median over replications; half of them lie in the dark band, "
    "nine of ten in the pale one.",
    "weeks": "weeks from joining the list",
    "people": "people",
    "waits_title": "How long those who started had waited",
    "waits_how": "Share of the starts of the whole run by weeks waited, all replications together.",
    "waits_axis": "share of those who started",
    "waits_target": "target",
    "waits_still": "still waiting at the end: {n}",
    "waits_of": "{step}: half of those who started had waited at most {half} weeks and nine of ten "
    "at most {nine}, while {still} on average were still waiting at the end",
    "queue_title": "People waiting, month by month",
    "queue_how": "Number on the waiting list, on average over each month.",
    "queue_of": "{step}: {first} in {begin}, {last} in {end}, at most {most} (in {when}), by the "
    "median over replications",
    "places_title": "Places and places in use, month by month",
    "places_how": "The dashed line is the number of places, by its median over replications.",
    "places_places": "places",
    "places_used": "in use, median",
    "places_half": "half of the replications",
    "places_nine": "nine of ten",
    "places_of": "{team}: {used} of {places} places in use on average, {share}",
    "exits_title": "Exits by kind",
    "exits_how": "Exits in the whole run; the thick line is the 95 % interval of the mean, the "
    "thin one holds 95 % of single runs.",
    "exits_axis": "exits in the whole run, on average",
    "exits_of": "{exit}: {n} ({share})",
    "costs_title": "Cost",
    "costs_how": "Cost of the whole run; the thick line is the 95 % interval of the mean, the thin "
    "one holds 95 % of single runs.",
    "costs_payer": "by payer",
    "costs_team": "by team",
    "costs_per": "per exit, and per participant",
    "costs_axis": "thousand {currency}",
    "costs_per_participant": "per participant",
    "costs_all": "in all {total}",
    "costs_of": "{name} {cost}",
    "curves_title": "Time to start, those still waiting included",
    "curves_how": "Of those who joined the list, the share that has left it within so many weeks, "
    "by the way out (Aalen-Johansen); who still waits when the run ends counts as far as seen. The "
    "dashed line is the share that would have started if nobody left otherwise (Kaplan-Meier); "
    "nine of ten replications lie between the dotted ones.",
    "curves_axis": "share of those who joined",
    "curves_started": "started",
    "curves_withdrew": "withdrew",
    "curves_other": "turned away, or the team ended",
    "curves_km": "started, if nobody left otherwise",
    "curves_nine": "nine of ten replications",
    "curves_of": "{step}: within {weeks} weeks {started} have started, {left} have left otherwise "
    "and {waiting} still wait; {median}",
    "curves_median": "half would have started within {weeks} weeks if nobody left otherwise",
    "curves_no_median": "fewer than half start within the time seen",
}

SWEDISH = {
    "caption": "{how} {title}. {n} replikationer, frö\u00a0{seed}.",
    "caption_first": "{how} {title}. De första {n} av {all} replikationer, frö\u00a0{seed}.",
    "band": "Den heldragna linjen är medianen över replikationer; hälften av dem ligger i det "
    "mörka bandet, nio av tio i det ljusa.",
    "weeks": "veckor från det att man ställdes i kö",
    "people": "personer",
    "waits_title": "Så länge hade de som påbörjade väntat",
    "waits_how": "Andel av dem som påbörjade under hela perioden efter antal veckors väntan, alla "
    "replikationer tillsammans.",
    "waits_axis": "andel av dem som påbörjade",
    "waits_target": "mål",
    "waits_still": "väntar ännu vid slutet: {n}",
    "waits_of": "{step}: hälften av dem som påbörjade hade väntat högst {half} veckor och nio av "
    "tio högst {nine}, medan {still} i medeltal ännu väntade vid slutet",
    "queue_title": "Väntande, månad för månad",
    "queue_how": "Antal på väntelistan i genomsnitt under varje månad.",
    "queue_of": "{step}: {first} i {begin}, {last} i {end}, som flest {most} (i {when}), enligt "
    "medianen över replikationer",
    "places_title": "Platser och beläggning, månad för månad",
    "places_how": "Den streckade linjen är antalet platser, enligt medianen över replikationer.",
    "places_places": "platser",
    "places_used": "belagda, median",
    "places_half": "hälften av replikationerna",
    "places_nine": "nio av tio",
    "places_of": "{team}: {used} av {places} platser belagda i genomsnitt, {share}",
    "exits_title": "Avslut efter slag",
    "exits_how": "Avslut under hela perioden; den tjocka linjen är 95 % intervall för medelvärdet, "
    "den tunna rymmer 95 % av enskilda körningar.",
    "exits_axis": "avslut under hela perioden, i medeltal",
    "exits_of": "{exit}: {n} ({share})",
    "costs_title": "Kostnad",
    "costs_how": "Kostnad för hela perioden; den tjocka linjen är 95 % intervall för medelvärdet, "
    "den tunna rymmer 95 % av enskilda körningar.",
    "costs_payer": "efter betalare",
    "costs_team": "efter team",
    "costs_per": "per avslut, och per deltagare",
    "costs_axis": "tusen {currency}",
    "costs_per_participant": "per deltagare",
    "costs_all": "totalt {total}",
    "costs_of": "{name} {cost}",
    "curves_title": "Tid till start, med dem som ännu väntar",
    "curves_how": "Av dem som ställdes i kö, andelen som lämnat den inom så många veckor, efter "
    "sätt (Aalen-Johansen); den som ännu väntar när perioden slutar räknas så länge den har "
    "följts. Den streckade linjen är andelen som skulle ha påbörjat om ingen lämnade kön på annat "
    "sätt (Kaplan-Meier); nio av tio replikationer ligger mellan de prickade.",
    "curves_axis": "andel av dem som ställdes i kö",
    "curves_started": "påbörjade",
    "curves_withdrew": "avstod",
    "curves_other": "avvisades, eller teamet upphörde",
    "curves_km": "påbörjade, om ingen lämnade kön på annat sätt",
    "curves_nine": "nio av tio replikationer",
    "curves_of": "{step}: inom {weeks} veckor har {started} påbörjat, {left} lämnat kön på annat "
    "sätt och {waiting} väntar ännu; {median}",
    "curves_median": "hälften skulle ha påbörjat inom {weeks} veckor om ingen lämnade kön på annat "
    "sätt",
    "curves_no_median": "färre än hälften påbörjar inom den tid som följts",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}
