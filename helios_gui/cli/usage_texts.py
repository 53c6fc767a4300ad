"""What Typer itself says in the chosen language: the words around our help, and that a command line cannot be used.

Typer writes these texts in English and translates none of them, so each is recognised and replaced by its translation.
One that is not known stays in English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import typer

from helios_gui.cli.output import print_text
from helios_gui.translation import mark, tr

_PLACEHOLDERS = (mark("OPTIONS"), mark("COMMAND"), mark("ARGS"), mark("FILES"))
_HEADINGS = (mark("Arguments"), mark("Options"), mark("Commands"))
_HELP_OPTION = mark("Show this message and exit.")
_USAGE = mark("Usage: ")

_ERRORS = (
    mark("Invalid value for {name}: {error}"),
    mark("Invalid value: {error}"),
    mark("Missing argument {name}."),
    mark("Missing option {name}."),
    mark("Missing command."),
    mark("No such command {name}."),
    mark("No such option: {name} (Possible options: {names})"),
    mark("No such option: {name}"),
    mark("Option {name} requires an argument."),
    mark("Option {name} does not take a value."),
    mark("Got unexpected extra argument(s) ({names})"),
    mark("Value error, {error}"),
    mark("{value} is not one of {names}."),
    mark("Input should be a valid integer, unable to parse string as an integer"),
    mark("Input should be a valid number, unable to parse string as a number"),
    mark("Input should be a finite number"),
    mark("Input should be greater than or equal to {least}"),
    mark("Input should be less than or equal to {most}"),
    mark("Input should be greater than {least}"),
    mark("Input should be less than {most}"),
    mark("Unable to parse input string as an integer, exceeded maximum size"),
)
"""Errors of Typer, and of Pydantic, which reads values for it.

A ``{name}`` stands for any text, ``{error}`` for another of these errors.
"""


def run_command(command: Any, arguments: Sequence[str]) -> int:
    """Run a command line with its usage and its errors in the chosen language, and return the exit code."""
    _translate_usage(command)
    try:
        return command.main(list(arguments), prog_name="helios-gui", standalone_mode=False) or 0
    except typer.TyperException as error:
        _print_usage_error(error)
        return error.exit_code
    except typer.Abort:
        print_text(tr("Aborted."), error=True)
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def translate_error(message: str) -> str:
    """Return what Typer says is wrong in the chosen language, or as it is if it is not known."""
    for form in _ERRORS:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(form))
        if match := re.fullmatch(pattern, message, re.DOTALL):
            values = match.groupdict()
            if "error" in values:
                values["error"] = translate_error(values["error"])
            return tr(form, **values)
    return message


def _translate_usage(command: Any) -> None:
    """Have the help and the usage of a command and all commands below it written in the chosen language."""
    command.context_class = _TranslatedContext
    for below in getattr(command, "commands", {}).values():
        _translate_usage(below)


def _print_usage_error(error: typer.TyperException) -> None:
    """Print why a command line cannot be used, and how the command is called, on standard error."""
    context, message = getattr(error, "ctx", None), error.format_message()
    lines = []
    if context is not None:
        usage = context.get_usage()
        if message.startswith(usage):  # the whole help, where a command is missing
            print_text(message, error=True)
            return
        help_command = f"{context.command_path} {context.help_option_names[0]}"
        lines = [usage, tr("Try '{help_command}' for help.", help_command=help_command), ""]
    lines.append(tr("Error: {error}", error=translate_error(message)))
    print_text("\n".join(lines), error=True)


class _TranslatedContext(typer.Context):
    def make_formatter(self) -> Any:
        return _translating(super().make_formatter())


def _translating(formatter: Any) -> Any:
    """Have a formatter translate what Typer gives it that is not ours."""
    write_usage, write_heading, write_dl = formatter.write_usage, formatter.write_heading, formatter.write_dl

    def write_translated_usage(program: str, arguments: str = "", prefix: str | None = None) -> None:
        for word in _PLACEHOLDERS:
            arguments = re.sub(rf"\b{word}\b", tr(word), arguments)
        prefix = tr(_USAGE)
        write_usage(program, arguments.replace("\n" + " " * len(_USAGE), "\n" + " " * len(prefix)), prefix)

    def write_translated_heading(heading: str) -> None:
        write_heading(tr(heading) if heading in _HEADINGS else heading)

    def write_translated_dl(rows: Sequence[tuple[str, str]], *arguments: Any, **more: Any) -> None:
        write_dl([(name, _translate_row(text)) for name, text in rows], *arguments, **more)

    formatter.write_usage = write_translated_usage
    formatter.write_heading = write_translated_heading
    formatter.write_dl = write_translated_dl
    return formatter


def _translate_row(text: str) -> str:
    """Return the help of an option with what Typer appends to it: ``[default: 5; required]``."""
    if text == _HELP_OPTION:
        return tr(_HELP_OPTION)
    ours, bracket, notes = text.rpartition("  [")
    if not bracket or not notes.endswith("]"):
        return text
    notes = re.sub(r"^default: (.*?)(?=[;\]])", lambda found: tr("default: {value}", value=found[1]), notes)
    return f"{ours}{bracket}{re.sub(r'required(?=]$)', tr('required'), notes)}"
