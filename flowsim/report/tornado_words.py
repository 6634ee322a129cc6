"""The words of a tornado figure, in the two languages a report can have."""

from __future__ import annotations

ENGLISH = {
    "title": "What matters most for: {figure}",
    "caption": "Each input alone is changed, all else is as in {base}, where the "
    "mean is {mean}. Bars: the change in the mean over {n} replications with the same luck; the "
    "input that moves it most on top. "
    "Lines: intervals that hold all changes at once with 95 % confidence. Filled: a change that is "
    "claimed; hollow: cannot be told from none.",
    "text": "{figure}, compared with {base}. {changes}",
    "change": "{factor} {value}: {sentence}.",
    "still": "No difference in any replication, and not drawn: {factors}.",
    "n_still": "Inputs that make no difference in any replication are not drawn: {n}.",
    "less": "less",
    "more": "more",
    "factor": "Input",
    "value": "Value",
    "unit_of": "Change ({unit})",
    "change_head": "Change",
    "lower": "From",
    "upper": "To",
    "claimed": "Claimed",
    "yes": "yes",
    "no": "no",
    "base": "the base",
    "named": "{base} ({label})",
}

SWEDISH = {
    "title": "Vad som betyder mest för: {figure}",
    "caption": "Varje ingångsvärde ändras ensamt, allt annat är som i {base}, där "
    "medelvärdet är {mean}. Staplar: ändringen av medelvärdet över {n} replikationer med samma "
    "tur; det som flyttar det mest står "
    "överst. Streck: intervall som rymmer alla ändringar på en gång med 95 % säkerhet. Fylld: en "
    "ändring som hävdas; tom: går inte att skilja från ingen.",
    "text": "{figure}, jämfört med {base}. {changes}",
    "change": "{factor} {value}: {sentence}.",
    "still": "Ingen skillnad i någon replikation, och inte ritade: {factors}.",
    "n_still": "Ingångsvärden som inte gör någon skillnad i någon replikation ritas inte: {n}.",
    "less": "mindre",
    "more": "mer",
    "factor": "Ingångsvärde",
    "value": "Värde",
    "unit_of": "Ändring ({unit})",
    "change_head": "Ändring",
    "lower": "Från",
    "upper": "Till",
    "claimed": "Hävdas",
    "yes": "ja",
    "no": "nej",
    "base": "utgångsläget",
    "named": "{base} ({label})",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}
