"""The words of a search for the best option, in the two languages a report can have."""

from __future__ import annotations

ENGLISH = {
    "least": "Looked for: the least “{criterion}”",
    "most": "Looked for: the most “{criterion}”",
    "that_keeps": "{wanted} such that all limits are kept",
    "facts": "{n} options, up to {most} replications of each with the same luck, seed {seed}; "
    "{period}",
    "whole_run": "whole run, {first} to {last}",
    "year": "year {year}",
    "options": "Options",
    "limit": "Limit {letter}",
    "verdict": "Enough",
    "kept": "yes",
    "broken": "no",
    "open": "open",
    "kept_worse": "yes, but worse",
    "worse": "worse",
    "chosen": "→ best",
    "chance": "Chance in one run",
    "replications": "Replications",
    "at_least": "{figure} at least {threshold}",
    "at_most": "{figure} at most {threshold}",
    "in_runs": "{limit} in {share} of the runs",
    "goal_met": "{figure} at least {share}",
    "goal_missed": "{figure} at most {share}",
    "found": "Best: {option}.",
    "found_alike": "Best, and exactly alike: {options}.",
    "none": "None of the options is enough: each breaks a limit.",
    "undecided": "No answer: with {most} replications the options {options} cannot be decided "
    "between. More replications (--max-replications){coarser} may decide it.",
    "coarser": ", or a larger smallest difference that matters (--indifference),",
    "undecided_below": "No answer: {best} is enough, but with {most} replications it cannot be "
    "told whether {options} is enough too. More replications (--max-replications) may decide it.",
    "undecided_one": "No answer: with {most} replications it cannot be told whether {options} is "
    "enough. More replications (--max-replications) may decide it.",
    "edge": "{option} is at the end of what could be chosen: beyond it nothing was tried.",
    "step": "One step away, {option}: {reason}.",
    "step_broken": "not enough: {evidence}",
    "step_open": "not known to be enough: {evidence}",
    "step_kept": "enough as well: {evidence}",
    "step_no_limits": "{criterion} {value}",
    "evidence": "{limit}: {value}",
    "note_guarantee_known": "With at least {confidence} confidence all answers yes and no hold at "
    "once (repeated intervals, Bonferroni; means taken as normal), and with them the best.",
    "note_guarantee_limits": "With at least {confidence} confidence all answers yes and no hold at "
    "once, and the best is not given up for an option that is worse by {indifference} or more "
    "(KN, half of the error; repeated intervals, the other half; means taken as normal).",
    "note_guarantee": "With at least {confidence} confidence the best is not given up for an "
    "option that is worse by {indifference} or more (KN; means taken as normal).",
    "note_bounds": "In brackets of a limit: the bounds by which it is judged, each wrong with a "
    "chance of at most {error}; of the criterion: its own {confidence} interval.",
    "note_chance": "Chance in one run: the share of the replications in which all limits are kept "
    "at once, each by that run's own figure.",
    "note_more": "{n} further options are in {file}.",
    "note_exact": "The criterion is the same in every replication: options are compared exactly.",
    "fte": "{team}, posts ({role})",
    "places": "{team}, places",
    "sep": "; ",
    "or": " or ",
}

SWEDISH = {
    "least": "Sökt: minsta ”{criterion}”",
    "most": "Sökt: största ”{criterion}”",
    "that_keeps": "{wanted} där alla gränser hålls",
    "facts": "{n} alternativ, högst {most} replikationer av varje med samma tur, frö {seed}; "
    "{period}",
    "whole_run": "hela perioden, {first} till {last}",
    "year": "år {year}",
    "options": "Alternativ",
    "limit": "Gräns {letter}",
    "verdict": "Räcker",
    "kept": "ja",
    "broken": "nej",
    "open": "öppet",
    "kept_worse": "ja, men sämre",
    "worse": "sämre",
    "chosen": "→ bäst",
    "chance": "Chans i en körning",
    "replications": "Replikationer",
    "at_least": "{figure} minst {threshold}",
    "at_most": "{figure} högst {threshold}",
    "in_runs": "{limit} i {share} av körningarna",
    "goal_met": "{figure} minst {share}",
    "goal_missed": "{figure} högst {share}",
    "found": "Bäst: {option}.",
    "found_alike": "Bäst, och exakt lika: {options}.",
    "none": "Inget av alternativen räcker: vart och ett bryter mot en gräns.",
    "undecided": "Inget svar: med {most} replikationer går det inte att avgöra mellan {options}. "
    "Fler replikationer (--max-replications){coarser} kan avgöra det.",
    "coarser": ", eller en större minsta skillnad som spelar roll (--indifference),",
    "undecided_below": "Inget svar: {best} räcker, men med {most} replikationer går det inte att "
    "säga om också {options} räcker. Fler replikationer (--max-replications) kan avgöra det.",
    "undecided_one": "Inget svar: med {most} replikationer går det inte att säga om {options} "
    "räcker. Fler replikationer (--max-replications) kan avgöra det.",
    "edge": "{option} är i änden av det som fick väljas: bortom det är inget prövat.",
    "step": "Ett steg därifrån, {option}: {reason}.",
    "step_broken": "räcker inte: {evidence}",
    "step_open": "inte känt om det räcker: {evidence}",
    "step_kept": "räcker också: {evidence}",
    "step_no_limits": "{criterion} {value}",
    "evidence": "{limit}: {value}",
    "note_guarantee_known": "Med minst {confidence} säkerhet stämmer alla svar ja och nej på en "
    "gång (upprepade intervall, Bonferroni; medelvärden tagna som normala), och därmed det bästa.",
    "note_guarantee_limits": "Med minst {confidence} säkerhet stämmer alla svar ja och nej på en "
    "gång, och det bästa väljs inte bort för ett alternativ som är sämre med {indifference} eller "
    "mer (KN, halva felrisken; upprepade intervall, andra halvan; medelvärden tagna som normala).",
    "note_guarantee": "Med minst {confidence} säkerhet väljs det bästa inte bort för ett "
    "alternativ som är sämre med {indifference} eller mer (KN; medelvärden tagna som normala).",
    "note_bounds": "Inom parentes för en gräns: de gränsvärden som den bedöms efter, vart och ett "
    "fel med högst {error} chans; för det som väljs efter: dess eget {confidence} intervall.",
    "note_chance": "Chans i en körning: andelen replikationer där alla gränser hålls på en gång, "
    "var och en efter den körningens egna tal.",
    "note_more": "{n} alternativ till finns i {file}.",
    "note_exact": "Det som väljs efter är lika i alla replikationer: alternativen jämförs exakt.",
    "fte": "{team}, tjänster ({role})",
    "places": "{team}, platser",
    "sep": "; ",
    "or": " eller ",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}
