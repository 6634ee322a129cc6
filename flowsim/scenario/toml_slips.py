"""Slips of people who write TOML: `964 000`, `4,5`, `25 %`, a quote that is missing.

Each is described with what to write instead, and mended, so that what stands after it can be read.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from flowsim.language import _
from flowsim.scenario.toml_depth import too_deep
from flowsim.scenario.toml_statements import COMMENT, OPEN, STRING, masked

__all__ = ["Slip", "is_toml", "mended", "mended_header", "slip_in_value"]

MOST_SLIPS = 30  # of one statement
MOST_LETTERS = 20_000  # of a statement that is mended
MOST_SHOWN = 60  # letters
BARE = re.compile("[A-Za-z0-9_-]+")
MONTH_NAMES = """jan januari january, feb februari february, mar mars march, apr april, maj may,
jun juni june, jul juli july, aug augusti august, sep sept september, okt oct oktober october,
nov november, dec december"""
MONTHS = {
    name: month for month, names in enumerate(MONTH_NAMES.split(","), 1) for name in names.split()
}
TRUTHS = {"true": "true", "ja": "true", "sant": "true", "yes": "true"} | dict.fromkeys(
    ("false", "nej", "falskt", "no"), "false"
)


class Slip(NamedTuple):
    """A slip: on which line of its statement, from 0; what stands there, and what to write."""

    line: int
    found: str
    allowed: str


class Repair(NamedTuple):
    """What is wrong at a place of a statement, and what takes its place; None: nothing can."""

    start: int
    end: int
    new: str | None
    found: str
    allowed: str
    about: int | None = None  # the place that it is told of; None: where it starts
    is_text: bool = False  # a text without quotes; as a value from outside it may be meant as one

    def slip(self, text: str) -> Slip:
        """Describe it as a slip of its statement."""
        line = text.count("\n", 0, self.start if self.about is None else self.about)
        return Slip(line, cut(self.found), cut(self.allowed))


def is_toml(text: str) -> bool:
    """Whether a statement can be read."""
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def mended(text: str) -> tuple[str | None, list[Slip]]:
    """Mend a statement that is no TOML; None where it is not understood.

    Examples
    --------
    >>> mended('budget = 964 000')
    ('budget = 964000', [Slip(line=0, found='a number with spaces: 964 000', allowed='964000')])
    """
    slips: list[Slip] = []
    if len(text) > MOST_LETTERS:
        return None, slips
    while not is_toml(text):
        repair = next(repairs(text), None) if len(slips) < MOST_SLIPS else None
        if repair is None:
            return None, slips
        slips.append(repair.slip(text))
        if repair.new is None:
            return None, slips
        text = text[: repair.start] + repair.new + text[repair.end :]
    return text, slips


def slip_in_value(text: str) -> Slip | None:
    """Return the slip of a value that may be a text without quotes; None if it is one, or TOML.

    Examples
    --------
    >>> slip_in_value("4,5"), slip_in_value("Five coaches"), slip_in_value("6 weeks")
    (Slip(line=0, found='a decimal comma: 4,5', allowed='a decimal point: 4.5'), None, None)
    """
    if "\n" in text or too_deep(text) or len(text) > MOST_LETTERS:
        return None
    statement = f"value = {text}"
    if is_toml(statement) or not re.match(r"[\d.+−–-]|[\[{\"']", text):
        return None
    repair = next(repairs(statement), None)
    if repair is not None:
        return None if repair.is_text else repair.slip(statement)
    if text[0] not in "[{\"'":
        return None
    found = _("what is no TOML: {value}").format(value=cut(text))
    return Slip(0, found, _('TOML, such as "text", 12 or [1, 2]'))


def cut(text: str) -> str:
    """Shorten what is shown of a file."""
    text = " ".join(text.split())
    return text if len(text) <= 2 * MOST_SHOWN else text[: 2 * MOST_SHOWN - 1] + "…"


def repairs(text: str) -> Iterator[Repair]:
    """Return what may be wrong with a statement, the surest first."""
    mask = masked(text)
    for pattern, describe in PATTERNS:
        for match in pattern.finditer(mask):
            if (repair := describe(match, text)) is not None:
                yield repair
    yield from brackets(mask)


# What is wrong, one by one ---------------------------------------------------------------------

Describe = Callable[[re.Match[str], str], Repair | None]
VALUE = r"(?<=[=\[,])[ \t]*"
END = rf"(?=[ \t]*(?:[,\]}}\n{COMMENT}]|$))"


def part(match: re.Match[str], text: str, group: int = 0) -> str:
    """Return what stands in the text where a pattern matched in its mask."""
    return text[match.start(group) : match.end(group)]


def at(match: re.Match[str], group: int, new: str | None, found: str, allowed: str) -> Repair:
    """Describe what is wrong at a group of a match."""
    return Repair(match.start(group), match.end(group), new, found, allowed)


def bent_quotes(match: re.Match[str], text: str) -> Repair:
    """Describe quotes as word processors write them."""
    straight = f'"{part(match, text, 1)}"'
    found = _("bent quotes: {text}").format(text=part(match, text))
    return at(match, 0, straight, found, _("straight ones: {text}").format(text=straight))


def open_text(match: re.Match[str], text: str) -> Repair:
    """Describe a text without its closing quote; it ends where what is around it ends."""
    whole = part(match, text)
    quote, content = whole[0], whole[1:]
    inside = is_inside(text, match.start())
    stop = re.search(r"[”“]|\s*[,\]}]" if inside else r"[”“]|\s*(?:#.*)?$", content)
    end = stop.start() if stop else len(content)
    rest = content[end:].lstrip("”“")
    closed = f"{quote}{content[:end]}{quote}"
    found = _("a text without its closing quote: {text}").format(text=whole)
    return at(match, 0, closed + rest, found, closed)


def other_equals(match: re.Match[str], text: str) -> Repair:
    """Describe what stands where = should."""
    key = part(match, text, 1).strip()
    found = _("{sign} after {key}").format(sign=part(match, text, 2), key=key)
    return at(match, 2, "=", found, f"{key} = ...")


def no_equals(match: re.Match[str], text: str) -> Repair:
    """Describe a key whose value follows at once."""
    key = part(match, text, 1)
    value = text[match.end() :].split("\n")[0].strip()
    return at(match, 2, " = ", _("no = after {key}").format(key=key), f"{key} = {value}")


def no_value(match: re.Match[str], text: str) -> Repair:
    """Describe a key without a value."""
    key = part(match, text, 1).strip()
    return at(
        match, 1, None, _("no value after ="), _("{key} = ..., or no such line").format(key=key)
    )


def date(year: str, month: str | int, day: str) -> str:
    """Write a date as TOML does; empty if there is no such day."""
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def other_date(match: re.Match[str], text: str) -> Repair | None:
    """Describe a date that is written in another way, or a day that does not exist."""
    words = match.groupdict()
    month = words["month"] or words["month2"] or MONTHS.get((words["name"] or "").lower(), 0)
    year = words["year"] or words["year2"] or words["year3"]
    told = date(year, month, words["day"] or words["day2"] or words["day3"])
    if told == part(match, text, 1) or (not month and words["name"]):
        return None
    found = _("a date as {date}") if told else _("a day that does not exist: {date}")
    found = found.format(date=part(match, text, 1))
    return at(match, 1, told or None, found, told or _("a date as YYYY-MM-DD"))


def day_of_year(match: re.Match[str], text: str) -> Repair:
    """Describe a day without a year."""
    day, month = (int(part(match, text, group)) for group in (2, 3))
    told = f'"{month:02}-{day:02}"'
    found = _("a day as {day}").format(day=part(match, text, 1))
    return at(match, 1, told, found, _("month-day in quotes: {day}").format(day=told))


def percent(match: re.Match[str], text: str) -> Repair:
    """Describe a share in percent."""
    share = f"{float(part(match, text, 2).replace(',', '.')) / 100:.10g}"
    found = _("a percent sign: {share}").format(share=part(match, text, 1))
    return at(match, 1, share, found, _("a share from 0 to 1: {share}").format(share=share))


def spaced(match: re.Match[str], text: str) -> Repair:
    """Describe a number with something between its thousands."""
    whole = part(match, text, 1)
    digits = re.sub(r"[^\d,+-]|\.(?=\d{3}\b)", "", whole).replace(",", ".")
    found = _("a number with spaces: {number}")
    if "." in whole:
        found = _("a number with points: {number}")
    return at(match, 1, digits, found.format(number=whole), digits)


def decimal_comma(match: re.Match[str], text: str) -> Repair:
    """Describe a decimal comma, or one between thousands."""
    whole, decimals = part(match, text, 1), part(match, text, 3)
    point = whole.replace(",", ".")
    if len(decimals) == 3:
        plain = whole.replace(",", "")
        allowed = _("{whole}, or as a decimal {decimal}").format(whole=plain, decimal=point)
        found = _("a comma in a number: {number}").format(number=whole)
        return at(match, 1, plain, found, allowed)
    found = _("a decimal comma: {number}").format(number=whole)
    return at(match, 1, point, found, _("a decimal point: {number}").format(number=point))


def minus(match: re.Match[str], text: str) -> Repair:
    """Describe a minus of another kind than that on a keyboard."""
    found = _("another sign than -: {sign}").format(sign=part(match, text, 1))
    return at(match, 1, "-", found, "-")


def bare_point(match: re.Match[str], text: str) -> Repair:
    """Describe a number with no digit before or after its point, or with zeros before it."""
    number = part(match, text, 1)
    sign, digits = (number[0], number[1:]) if number[0] in "+-" else ("", number)
    before, point, after = digits.partition(".")
    told = f"{sign}{before.lstrip('0') or '0'}{point}{(after or '0') if point else ''}"
    return at(match, 1, told, _("a number as {number}").format(number=number), told)


def with_currency(match: re.Match[str], text: str) -> Repair:
    """Describe an amount with its currency."""
    number = part(match, text, 2)
    found = _("an amount as {amount}").format(amount=part(match, text, 1))
    return at(match, 1, number, found, _("the number alone: {number}").format(number=number))


def bare_text(match: re.Match[str], text: str) -> Repair | None:
    """Describe a text without quotes, or another word for true or false."""
    word = part(match, text, 1)
    if word in ("true", "false") or re.fullmatch(r"[+-]?(inf|nan)", word):
        return None
    if truth := TRUTHS.get(word.lower()):
        return at(match, 1, truth, word, truth)
    if word.lower() in ("none", "null", "nil"):
        return at(match, 1, None, word, _("a value, or no such line"))
    found = _("a text without quotes: {text}").format(text=word)
    return at(match, 1, f'"{word}"', found, f'"{word}"')._replace(is_text=True)


def bare_key(match: re.Match[str], text: str) -> Repair | None:
    """Describe a key that needs quotes."""
    words = part(match, text, 1)
    quoted = in_quotes(words)
    found = _("a key without quotes: {key}").format(key=words)
    return None if quoted == words else at(match, 1, quoted, found, quoted)


def in_quotes(key: str) -> str:
    """Write a dotted key with quotes around each part that needs them."""
    parts = [one.strip() for one in key.split(".")]
    return ".".join(
        one if BARE.fullmatch(one) or one[:1] in ('"', "'") else f'"{one}"' for one in parts
    )


def needless(match: re.Match[str], text: str) -> Repair | None:
    """Describe a sign too many: in a list that is still open, a comma at the end is none."""
    sign, is_end = part(match, text, 1), match.end() == len(text)
    if is_end and is_inside(text, match.start()):
        return None
    found = _("{sign} at the end of the line") if is_end else _("{sign} before }}")
    return at(match, 1, "", found.format(sign=sign), no_sign(sign))


def no_sign(sign: str) -> str:
    """Describe what to write where a sign is too many."""
    return _("no {sign} there").format(sign=sign)


def is_inside(text: str, place: int) -> bool:
    """Whether brackets are open at a place of a text."""
    return nesting(text)[place] != " "


@lru_cache(maxsize=2)
def nesting(text: str) -> str:
    """Return the innermost bracket that is open at each place of a text, or a space.

    Examples
    --------
    >>> nesting("a={[1]}")
    '   {[[{ '
    """
    opened, innermost = " ", ""
    for sign in masked(text):
        innermost += opened[-1]
        if sign in "[{":
            opened += sign
        elif sign in "]}" and len(opened) > 1:
            opened = opened[:-1]
    return innermost + opened[-1]


def no_comma(match: re.Match[str], text: str) -> Repair | None:
    """Describe entries with nothing between them."""
    if not is_inside(text, match.start()):
        return None
    return at(match, 1, ", ", _("no comma between two entries"), _("a comma after each entry"))


def other_comment(match: re.Match[str], text: str) -> Repair:
    """Describe a comment as in other languages."""
    return at(match, 1, "#", "//", _("# before a comment"))


def over_lines(match: re.Match[str], text: str) -> Repair | None:
    """Describe a table in braces over many lines; all of them become one."""
    new, at_end = "", 0
    breaks = [one for one in match.re.finditer(masked(text)) if nesting(text)[one.start()] == "{"]
    if not breaks:
        return None
    for one in breaks:
        new += text[at_end : one.start()] + " "
        at_end = one.end()
    found, allowed = _("a table in { } over several lines"), _("all of { } on one line")
    return Repair(0, len(text), new + text[at_end:], found, allowed, breaks[0].start())


PATTERNS: list[tuple[re.Pattern[str], Describe]] = [
    (re.compile(pattern, re.I), describe)
    for pattern, describe in (
        (r"[“”„‟«»]([^“”„‟«»\"\n]*)[“”„‟«»]", bent_quotes),
        (r"[‘’‚]([^‘’‚\n]*)[‘’]", bent_quotes),
        (rf"{OPEN}+", open_text),
        (r"(?<![:/])(//)", other_comment),
        (r"(,)(?=\s*})", needless),
        (rf"([;,])[ \t]*(?:{COMMENT}*)\Z", needless),
        (rf"\A([ \t]*[\w.\-{STRING}]+)[ \t]*(==|:=|=>|:)", other_equals),
        (rf"(?<=[{{,])([ \t]*(?:[^\W\d]|{STRING})[\w\-{STRING}]*)[ \t]*(==|:=|=>|:)", other_equals),
        (rf"\A([^=\n]+)=[ \t]*(?:{COMMENT}+)?\Z", no_value),
        (rf"\A[ \t]*([^\W\d][\w.\-]*)([ \t]+)(?=[{STRING}{OPEN}\d\[{{]|true\b|false\b)", no_equals),
        (rf"\A[ \t]*([a-z][a-z0-9_.]*)([ \t]+)(?=[^\s=]+[ \t]*{COMMENT}*\Z)", no_equals),
        (
            rf"{VALUE}((?P<year>\d{{4}})[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)"
            r"|(?P<day2>\d\d?)[-/.](?P<month2>\d\d?)[-/. ]+(?P<year2>\d{4})"
            rf"|(?P<day3>\d\d?)\.?[ ]+(?P<name>[^\W\d]+)\.?[ ]+(?P<year3>\d{{4}})){END}",
            other_date,
        ),
        (rf"{VALUE}((\d\d?)/(\d\d?)){END}", day_of_year),
        (r"(?<![\w.])((\d+(?:[.,]\d+)?)[ \t\u00a0\u202f]*%)", percent),
        (
            r"(?<![\w.,])([+-]?\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?:[.,]\d+)?)(?![\w])",
            spaced,
        ),
        (r"(?<![\w.,])([+-]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?)(?![\w.])", spaced),
        (r"(?<==)[ \t]*([+-]?(\d+),(\d+))(?![\d.])(?![ \t]*=)", decimal_comma),
        (rf"{VALUE}([−–])(?=\d)", minus),
        (rf"{VALUE}([+-]?(?:\.\d+|\d+\.(?!\d)|0+\d+(?:\.\d+)?)){END}", bare_point),
        (rf"{VALUE}(([+-]?[\d_]+(?:\.\d+)?)[ \t\u00a0]*(?:kr|sek|kronor|:-)){END}", with_currency),
        (
            rf"{VALUE}(\d[\d.]*[ \t\u00a0]*[^\W\d_][^,\]}}\n={STRING}{OPEN}{COMMENT}]*?){END}",
            bare_text,
        ),
        (rf"{VALUE}([+-]?[^\W\d][^,\]}}\[{{\n=\"'{STRING}{OPEN}{COMMENT}]*?){END}", bare_text),
        (rf"\A[ \t]*([^=\[\]{{}}\n{OPEN}{COMMENT}]*?[^=\s])[ \t]*(?==)", bare_key),
        (rf"(?<=[{{,])\s*([^=\[\]{{}},\n{OPEN}{COMMENT}]*?[^=\s])[ \t]*(?==)", bare_key),
        (rf"[ \t]*(?:{COMMENT}*)\n[ \t]*", over_lines),
        (rf"(?<=[\w}}\]{STRING}])([ \t\n]+)(?=[{{\[{STRING}\w+-])", no_comma),
    )
]


def brackets(mask: str) -> Iterator[Repair]:
    """Describe brackets that are not closed, or that close nothing."""
    opened: list[tuple[int, str]] = []
    pairs = {"[": "]", "{": "}"}
    for place, sign in enumerate(mask):
        if sign in pairs:
            opened.append((place, sign))
        elif opened and sign == pairs[opened[-1][1]]:
            opened.pop()
        elif sign in "]}" and opened:
            begin, opening = opened[-1]
            closing = pairs[opening]
            allowed = _("{closing} before {sign}").format(closing=closing, sign=sign)
            yield Repair(place, place, closing, unclosed(opening, closing), allowed, begin)
            return
        elif sign in "]}":
            found = _("{sign}, which closes nothing").format(sign=sign)
            yield Repair(place, place + 1, "", found, no_sign(sign))
            return
    if opened:
        end = len(mask.rstrip(f" \t\n{COMMENT}"))
        begin, opening = opened[-1]
        closing = pairs[opening]
        allowed = _("{closing} at the end").format(closing=closing)
        yield Repair(end, end, closing, unclosed(opening, closing), allowed, begin)


def unclosed(opening: str, closing: str) -> str:
    """Describe a bracket that is not closed."""
    return _("{opening} without {closing}").format(opening=opening, closing=closing)


# Headers --------------------------------------------------------------------------------------


def mended_header(text: str) -> tuple[str | None, Slip]:
    """Mend a header that is no TOML; None where it is not understood.

    Examples
    --------
    >>> mended_header("[steps mapping")[0], mended_header("[[factors]")[0], mended_header("[]")[0]
    ('[steps.mapping]', '[[factors]]', None)
    """
    line = text.split("#")[0].strip()
    n = 2 if line.startswith("[[") else 1
    inner = line.strip("[] \t").strip("\"'") if line.count('"') == 1 else line.strip("[] \t")
    if "." not in inner and '"' not in inner:
        inner = ".".join(inner.split())
    header = "[" * n + in_quotes(inner) + "]" * n
    found = cut(_("a header as {header}").format(header=line))
    if not inner or not is_toml(header):
        return None, Slip(0, found, _("a name in brackets, such as [teams.coaching]"))
    return header, Slip(0, found, header)
