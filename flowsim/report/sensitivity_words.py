"""The words of sensitivity indices, in the two languages a report can have."""

from __future__ import annotations

ENGLISH = {
    "title": "What matters for: {figure}",
    "factor": "Input",
    "first": "Share of the variance, alone",
    "total": "With what it does together with others",
    "mu_star": "Mean size of the effect",
    "mu": "Mean effect, with its sign",
    "sigma": "How much the effect varies",
    "above_luck": "More than luck",
    "yes": "yes",
    "no": "cannot be told",
    "none": "no effect at all",
    "dummy": "Luck alone (no input)",
    "note_sobol": "Shares of the variance of the mean over the points (Sobol's indices); in "
    "brackets 95 % intervals by bootstrap over {n} base points.",
    "note_morris": "Effect of going from an input's lowest value to its highest (Morris, {n} "
    "trajectories); in brackets 95 % intervals. Where the effect varies as much as its size, it "
    "depends on the other inputs, or is no straight line.",
    "note_luck": "All points have the same luck. Luck alone: what a change of nothing but the luck "
    "does; to the other inputs it usually does less. More than luck: the interval lies "
    "above that of luck alone.",
    "note_noise": "Noise: the squared standard errors are {share} of the variance over the points.",
    "note_check": "Check: of luck alone “{index}” is 0 in truth; its interval {does} 0.",
    "covers": "covers",
    "misses": "does not cover",
}

SWEDISH = {
    "title": "Vad som betyder något för: {figure}",
    "factor": "Ingångsvärde",
    "first": "Andel av variansen, ensamt",
    "total": "Med det som det gör ihop med andra",
    "mu_star": "Effektens storlek i medeltal",
    "mu": "Effekt i medeltal, med tecken",
    "sigma": "Hur mycket effekten varierar",
    "above_luck": "Mer än tur",
    "yes": "ja",
    "no": "går inte att säga",
    "none": "ingen effekt alls",
    "dummy": "Bara turen (inget ingångsvärde)",
    "note_sobol": "Andelar av medelvärdets varians över punkterna (Sobols index); inom parentes "
    "95 % intervall genom bootstrap över {n} baspunkter.",
    "note_morris": "Effekten av att gå från ett ingångsvärdes lägsta värde till dess högsta "
    "(Morris, {n} banor); inom parentes 95 % intervall. Där effekten varierar lika mycket som den "
    "är stor beror den på de andra ingångsvärdena, eller är ingen rät linje.",
    "note_luck": "Alla punkter har samma tur. Bara turen: vad det gör att ändra turen och inget "
    "annat; för de andra ingångsvärdena gör turen oftast mindre. Mer än tur: intervallet ligger "
    "ovanför det för bara turen.",
    "note_noise": "Brus: medelfelen i kvadrat är {share} av variansen över punkterna.",
    "note_check": "Kontroll: för bara turen är ”{index}” i sanning 0; dess intervall {does} 0.",
    "covers": "täcker",
    "misses": "täcker inte",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}
