"""flowsim import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.cli.options import Quiet
from flowsim.language import N_, _, spoken

if TYPE_CHECKING:
    from flowsim.errors import ScenarioError
    from flowsim.listing.importing import Imported
    from flowsim.listing.people import Tell

ASKS = "asks"
MOST_ROWS_TOLD = 10


def import_(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="LIST",
            help=N_(
                "A list of participants, .xlsx or .csv, a row for each stay. Example: list.xlsx"
            ),
        ),
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            help=N_(
                "Whom the list has: started, active or closed between the two days. "
                "Example: --kind active"
            )
        ),
    ] = "",
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DATE",
            help=N_("The first day for which it is complete. Example: --from 2022-01-01"),
        ),
    ] = "",
    until: Annotated[
        str,
        typer.Option(
            metavar="DATE",
            help=N_("The last day for which it is complete. Example: --until 2024-12-31"),
        ),
    ] = "",
    columns: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=N_(
                "Which column is which, where that is not found by "
                "itself. Example: --columns columns.toml"
            ),
        ),
    ] = None,
    counts: Annotated[
        str,
        typer.Option(
            metavar="FILE|asks",
            help=N_(
                "Instead of a list: counts a year, from a file, or "
                "asked for one by one. Example: --counts counts.csv"
            ),
        ),
    ] = "",
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=N_(
                "The scenario to write; the report is written beside it. "
                "Example: --out my_association.toml"
            ),
        ),
    ] = Path("my_association.toml"),
    title: Annotated[
        str, typer.Option(help=N_('Title of the scenario. Example: --title "Our team"'))
    ] = "",
    language: Annotated[
        str, typer.Option(help=N_("Of scenario and report: sv or en. Example: --language sv"))
    ] = "",
    drop: Annotated[
        list[str] | None,
        typer.Option(
            help=N_(
                "Leave out rows that are wrong: bad-date, end-before-start or duplicate; "
                "may be given many times. Example: --drop duplicate"
            )
        ),
    ] = None,
    keep_duplicates: Annotated[
        bool,
        typer.Option(
            "--keep-duplicates",
            help=N_(
                "Rows that are the same in every column are "
                "different people. Example: --keep-duplicates"
            ),
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Make a scenario of a local list."""
    told_in = language or spoken()
    if counts and file is not None:
        raise _refused("--counts", _("a list beside it"), _("one of them"))
    if counts:
        from flowsim.listing.counts import import_counts
        from flowsim.listing.importing import must_be_known

        must_be_known(told_in)
        source = _asked(told_in) if counts == ASKS else Path(counts)
        _must_not_be(out)
        found = import_counts(source, title=title, language=told_in)
    else:
        for option, value in (
            ("LIST", file),
            ("--kind", kind),
            ("--from", from_),
            ("--until", until),
        ):
            if not value:
                raise _refused(option, _("nothing"), _("see flowsim import --help"))
        assert file is not None
        _must_not_be(out)
        found = _imported(
            file, kind, from_, until, columns, title, told_in, drop, keep_duplicates, quiet
        )
    _write(found, out)
    if not quiet:
        _show(found, out)


def _refused(option: str, found: str, allowed: str) -> ScenarioError:
    """Return the error of an option, as a line like those of files."""
    from flowsim.errors import Fault, ScenarioError

    return ScenarioError([Fault(option, 0, "", found, allowed)])


def _must_not_be(out: Path) -> None:
    """Refuse to write over what is there, before anything is read."""
    from flowsim.errors import ResultsError

    for path in (out, _report_of(out)):
        if path.exists():
            raise ResultsError(_("{path}: exists already; choose another name").format(path=path))
    if out.suffix != ".toml":
        raise _refused("--out", str(out), _("a file that ends in .toml"))


def _report_of(out: Path) -> Path:
    return out.with_name(f"{out.stem}_import.html")


def _imported(
    file: Path,
    kind: str,
    from_: str,
    until: str,
    columns: Path | None,
    title: str,
    language: str,
    drop: list[str] | None,
    keep_duplicates: bool,
    quiet: bool,
) -> Imported:
    """Read a list, with a line that tells how far it is where somebody is looking."""
    from flowsim.listing.importing import import_file

    return import_file(
        file, kind, from_, until, columns=columns, title=title, language=language,
        drop=drop or (), keep_duplicates=keep_duplicates, tell=_teller(quiet),
    )  # fmt: skip


def _teller(quiet: bool) -> Tell | None:
    """Return what shows how far a list is read."""
    from flowsim.cli.talking import console_of

    console = console_of(stderr=True)
    if quiet or not console.is_terminal:
        return None
    steps = (
        _("reading"), _("looking for personal data"), _("checking rows"), _("fitting"),
        _("writing"),
    )  # fmt: skip

    def tell(done: int, total: int) -> None:
        console.print(f"{steps[min(done, len(steps) - 1)]} ({done + 1}/{total}) ...")

    return tell


def _asked(language: str) -> dict[str, str]:
    """Ask for the counts of one year, one by one; an empty answer is not known."""
    from flowsim.language import catalogue
    from flowsim.listing.counts import QUESTIONS

    _ = catalogue(language).gettext
    answers = {}
    try:
        for key, question in QUESTIONS.items():
            answers[key] = str(typer.prompt(_(question), default="", show_default=False)).strip()
    except typer.Abort:
        raise _refused(f"--counts {ASKS}", _("no more answers"), _("one to each")) from None
    return {key: answer for key, answer in answers.items() if answer}


def _write(found: Imported, out: Path) -> None:
    """Write the scenario and the report."""
    from flowsim.report.document.writers import WRITERS
    from flowsim.study.store import write_file

    report = WRITERS["html"](found.document())
    write_file(out, found.text)
    write_file(_report_of(out), report)


def _show(found: Imported, out: Path) -> None:
    """Print what was matched, what is odd with its rows, and where the scenario is."""
    from flowsim.letters import escaped
    from flowsim.listing.paper import odd_sentence, role_words
    from flowsim.report.words import Words, written_to

    words = Words(found.scenario)
    _ = words._
    for role, heading in found.matched.items():
        text = _("read as {role}: the column “{heading}”")
        typer.echo(escaped(text.format(role=role_words(role, words), heading=heading)))
    for oddity in found.oddities:
        rows = ", ".join(map(str, oddity.rows[:MOST_ROWS_TOLD]))
        more = ", ..." if len(oddity.rows) > MOST_ROWS_TOLD else ""
        where = _(" Rows: {rows}").format(rows=rows + more) if rows else ""
        typer.echo(escaped(f"{odd_sentence(oddity, words)}{where}"))
    for warning in found.scenario.warnings:
        typer.echo(escaped(f"{out}: {warning.message}"))
    for path in (out, _report_of(out)):
        typer.echo(written_to(path, words.language))
