"""The words of `flowsim warmup`, in the two languages a report can have."""

from __future__ import annotations

ENGLISH = {
    "title": "Warm-up: {title}",
    "facts": "{n} replications from {first} to {last}, seed {seed}; an average for each {span}",
    "span_day": "day",
    "span_week": "week",
    "span_month": "month",
    "yearly": "Seasons, closures or limits come back every year. The curves are therefore averages "
    "over 12 months, and the rules judge whole years.",
    "series": "Series",
    "level": "Level",
    "mser": "MSER-{batch}",
    "welch": "Welch",
    "change": "Change",
    "p_value": "p",
    "columns": "Level and change in the second half of the run, in participants; p: the chance of "
    "such a change by luck alone. MSER and Welch: days until the start is no longer seen; – where "
    "that is not within half the run.",
    "settles": "Recommended warm-up: {warm_up} (the slowest series, {series}, takes {days} days). "
    "Put this under [run], and leave out report_from:",
    "no_need": "No warm-up is needed: every series is at its level from the start.",
    "enough": "The file's statistics begin after {given} days, which is enough.",
    "not_enough": "The file's statistics begin after {given} days, which is too early.",
    "dated": "No recommendation. The file changes by date (referrals, teams, staff, closures or "
    "numbers by year), so there is no steady state to warm up to. What the start should be "
    "is a fact to find out: say it with initial, or say that the run starts empty.",
    "overloaded": "No recommendation: there is no steady state. More participants come than the "
    "teams can take, nobody gives up or is turned away, and so a list grows without end: {loads}. "
    "No warm-up helps; show the run year by year, or change capacity, referrals or patience.",
    "load_of": "{team}, load {load}",
    "moving": "No recommendation: no steady state is seen. In the second half of the run these "
    "still change, by more than chance explains (t test over replications, {level} for all series "
    "together): {series}.",
    "moving_load": "Load above 100 %: {loads}. Such a list may grow without end.",
    "too_short": "No recommendation: the run is too short to tell for {series}.",
    "longer": 'Try a longer run: --length "{length}"',
    "method": "MSER: White 1997, Spratt 1998. Welch 1983: moving average over replications, read "
    "where it comes to its level within one standard error (at least 1 %), or passes it. The "
    "slowest series decides.",
    "waiting": "waiting",
    "in_service": "in service",
    "averaged": "average over replications",
    "smooth": "moving average",
    "smooth_year": "average over 12 months",
    "line_level": "level of the second half",
    "line_warm_up": "recommended warm-up",
    "axis_months": "months since the start",
    "axis_years": "years since the start",
    "axis_people": "participants",
    "unit_week": "{n} week",
    "unit_weeks": "{n} weeks",
    "unit_month": "{n} month",
    "unit_months": "{n} months",
    "unit_year": "{n} year",
    "unit_years": "{n} years",
}

SWEDISH = {
    "title": "Uppvärmning: {title}",
    "facts": "{n} replikationer från {first} till {last}, frö {seed}; ett medelvärde för varje "
    "{span}",
    "span_day": "dag",
    "span_week": "vecka",
    "span_month": "månad",
    "yearly": "Säsonger, stängningar eller tak återkommer varje år. Kurvorna är därför medelvärden "
    "över 12 månader, och reglerna bedömer hela år.",
    "series": "Serie",
    "level": "Nivå",
    "mser": "MSER-{batch}",
    "welch": "Welch",
    "change": "Ändring",
    "p_value": "p",
    "columns": "Nivå och ändring under körningens andra halva, i deltagare; p: chansen för en "
    "sådan ändring av en slump. MSER och Welch: dagar tills starten inte längre syns; – där det "
    "inte är inom halva körningen.",
    "settles": "Rekommenderad uppvärmning: {warm_up} (den långsammaste serien, {series}, tar "
    "{days} dagar). Skriv detta under [run], och ta bort report_from:",
    "no_need": "Ingen uppvärmning behövs: varje serie är på sin nivå från början.",
    "enough": "Filens statistik börjar efter {given} dagar, vilket räcker.",
    "not_enough": "Filens statistik börjar efter {given} dagar, vilket är för tidigt.",
    "dated": "Ingen rekommendation. Filen ändras efter datum (remisser, team, personal, "
    "stängningar eller tal per år), så det finns inget jämviktsläge att värma upp till. Hur det "
    "såg ut vid starten är ett faktum att ta reda på: ange det med initial, eller säg att "
    "körningen börjar tom.",
    "overloaded": "Ingen rekommendation: det finns inget jämviktsläge. Fler kommer än vad teamen "
    "kan ta emot, ingen avstår eller avvisas, och därför växer en kö utan slut: {loads}. Ingen "
    "uppvärmning hjälper; visa körningen år för år, eller ändra kapacitet, remisser eller tålamod.",
    "load_of": "{team}, belastning {load}",
    "moving": "Ingen rekommendation: inget jämviktsläge syns. Under körningens andra halva ändras "
    "dessa fortfarande, mer än slumpen förklarar (t-test över replikationer, {level} för alla "
    "serier tillsammans): {series}.",
    "moving_load": "Belastning över 100 %: {loads}. En sådan kö kan växa utan slut.",
    "too_short": "Ingen rekommendation: körningen är för kort för att avgöra det för {series}.",
    "longer": 'Prova en längre körning: --length "{length}"',
    "method": "MSER: White 1997, Spratt 1998. Welch 1983: glidande medelvärde över replikationer, "
    "avläst där det når sin nivå på ett medelfel när (minst 1 %), eller passerar den. Den "
    "långsammaste serien avgör.",
    "waiting": "väntande",
    "in_service": "pågående",
    "averaged": "medelvärde över replikationer",
    "smooth": "glidande medelvärde",
    "smooth_year": "medelvärde över 12 månader",
    "line_level": "andra halvans nivå",
    "line_warm_up": "rekommenderad uppvärmning",
    "axis_months": "månader sedan starten",
    "axis_years": "år sedan starten",
    "axis_people": "deltagare",
    "unit_week": "{n} vecka",
    "unit_weeks": "{n} veckor",
    "unit_month": "{n} månad",
    "unit_months": "{n} månader",
    "unit_year": "{n} år",
    "unit_years": "{n} år",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}


def warmup_words(language: str) -> dict[str, str]:
    """Return the words of a language, `en` or `sv`."""
    return LANGUAGES[language]
