"""How commands are used, in the language that is spoken: help, and what typer says of wrong words.

Typer says some of it through gettext, and the rest in plain English. Of the latter, what begins as
one of the sentences below is told in our own words; another is shown as typer says it.
"""

from __future__ import annotations

import gettext
import os
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from flowsim.language import ENGLISH, FOLDER, N_, _, reworded, spoken

__all__ = ["Command", "Commands", "UsageError", "show", "translated"]

UsageError: Any = typer.BadParameter.__base__  # typer has no other name for it

THROUGH_GETTEXT = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("default: {default}"),
    N_("required"),
    N_("Missing command."),
    N_("No such command {name!r}."),
)
IN_ENGLISH = (
    N_("No such option: {option} (Possible options: {options})"),
    N_("No such option: {option}"),
    N_("Missing argument {name}."),
    N_("Missing option {name}. Choose from:{choices}"),
    N_("Missing option {name}."),
    N_("Invalid value for {name}: {reason}"),
    N_("Got unexpected extra argument(s) ({words})"),
    N_("Option {name} requires an argument."),
    N_("Option {name} does not take a value."),
    N_("{value} is not a valid {kind}."),
    N_("{value} is not in the range {limits}."),
    N_("Value error, {reason}"),
    N_("{value} is not one of {choices}."),
    N_("Input should be a valid integer, {reason}"),
    N_("Input should be a valid number, {reason}"),
    N_("unable to parse string as an integer"),
    N_("unable to parse string as a number"),
    N_("Input should be greater than or equal to {limit}"),
    N_("Input should be less than or equal to {limit}"),
)


class _Told:
    """What commands and their group tell of themselves."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the line of usage."""
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=_("Usage: "))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option --help, which typer adds by itself."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = _(N_("Show this message and exit."))
        return option


class Command(_Told, TyperCommand):
    """A command of flowsim."""


class Commands(_Told, TyperGroup):
    """All commands of flowsim."""


def translated(app: typer.Typer) -> Any:
    """Return the command of an app, with all its help in the language that is spoken."""
    group: Any = typer.main.get_command(app)
    if spoken() != ENGLISH:
        os.environ["LANGUAGE"] = spoken()  # where gettext looks for what typer asks it
        gettext.bindtextdomain("flowsim", str(FOLDER))
        gettext.textdomain("flowsim")
        for command in (group, *group.commands.values()):
            command.help = _(command.help)
            for option in command.params:
                if option.help:
                    option.help = _(option.help)
    return group


def show(error: Any) -> None:
    """Show what is wrong with the words of a command."""
    message = error.format_message()
    if spoken() == ENGLISH or message.startswith(_("Usage: ")):  # no command: the message is help
        error.show()
        return
    if error.ctx is not None:
        hint = _("Try '{command} --help' for help.").format(command=error.ctx.command_path)
        sys.stderr.write(f"{error.ctx.get_usage()}\n{hint}\n\n")
    sys.stderr.write(_("Error: {fault}").format(fault=in_own_words(message)) + "\n")


def in_own_words(text: str) -> str:
    """Describe a sentence of typer's in the language that is spoken, if it is a known one.

    Examples
    --------
    >>> from flowsim.language import speaking
    >>> with speaking("sv"):
    ...     in_own_words("Option '--seed' requires an argument.")
    "Alternativet '--seed' kräver ett värde."
    """
    return reworded(text, IN_ENGLISH)
