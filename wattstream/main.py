"""The command `wattstream`: its commands, and what becomes of their errors.

Exit codes: 0 as asked; 1 it ran and the answer is no (something is down, a total differs, a service
failed); 2 the request cannot be carried out as it stands; 130 stopped by Ctrl-C.
"""

import os
import sys
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings.sources import read_env_file
from rich.text import Text

from adapters.terminal import terminal
from contracts.errors import OperationError, RequestError
from contracts.settings import PROJECT, Settings
from infra.configuration import problems, unknown_variables
from wattstream.commands import (
    alerts,
    archive,
    bench,
    bill,
    compare_plans,
    edit,
    exceptions,
    export,
    import_files,
    jobs,
    live,
    masters,
    model,
    notify,
    plan,
    prove,
    replay,
    score,
    simulate,
    sql,
    stack,
    token,
)

app = typer.Typer(
    help="Smart-meter readings, live, turned into state and history that people can trust.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for group in (stack, jobs, simulate, live):
    app.add_typer(group.app)
app.add_typer(alerts.app, name="alerts")
app.add_typer(notify.app, name="notify")
app.add_typer(token.app, name="token")
for group in (archive, sql, prove, score):
    app.add_typer(group.app)
app.add_typer(replay.app, name="replay")
app.add_typer(import_files.app)
app.add_typer(export.app)
for name, group in (
    ("masters", masters),
    ("plan", plan),
    ("bill", bill),
    ("edit", edit),
    ("notify", notify),
):
    app.add_typer(group.app, name=name)
for group in (exceptions, compare_plans):
    app.add_typer(group.app)
app.add_typer(model.app, name="model")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the command line; errors that a user can mend are one message, not a traceback."""
    if unknown := unknown_variables([*os.environ, *read_env_file(PROJECT / ".env")]):
        _fail("\n".join(unknown), 2)
    try:
        app()
    except ValidationError as error:
        _fail("\n".join(problems(error)), 2)
    except RequestError as error:
        _fail(str(error), 2)
    except OperationError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except Exception as error:
        from adapters.errors import explain

        # The addresses are those of every namespace.
        message = explain(error, Settings(namespace=Settings.model_fields["namespace"].default))
        if message is None:
            raise
        _fail(message, 1)


def _fail(message: str, code: int) -> NoReturn:
    text = Text.assemble(("error:", "red"), " ", message)
    terminal(stderr=True).print(text, soft_wrap=True)
    sys.exit(code)
