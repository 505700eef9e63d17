"""The jobs of a namespace: start them, stop them."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.terminal import terminal
from contracts.jobs import REFERENCES
from simulators.errors import OptionError, check_known
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()


@app.command()
def submit(
    namespace: Namespace = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="State to start from: `latest` savepoint or checkpoint, or a file `stop` wrote.",
        ),
    ] = None,
    parallelism: Annotated[
        int | None, typer.Option(min=1, help="Parallel instances of each task.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(REFERENCES), help="Instead a job of before, to be compared with."
        ),
    ] = None,
) -> None:
    """Submit the hot, the cold, the watch and the history job with `flink run`."""
    from infra.flink import submission
    from infra.provision import provision

    settings = settings_of(namespace)
    if reference is not None:
        check_known("--reference", [reference], REFERENCES)
        if from_ is not None:
            raise OptionError(
                f"--from is {from_!r}, and {reference} begins at its topics' beginnings: leave it "
                "out"
            )
        provision(settings)
        job_id = submission.submit_reference(settings, console, reference, parallelism)
        name = settings.job_name(reference)
        console.print(f"{name} runs: {settings.flink_rest_url}/#/job/{job_id}")
        return
    savepoints: dict[str, str] = {}
    if from_ == "latest":
        savepoints = submission.latest_state(settings)
    elif from_ is not None:
        savepoints = submission.read_savepoints(Path(from_))
    provision(settings)
    jobs = submission.submit(settings, console, savepoints, parallelism=parallelism)
    for job, job_id in jobs.items():
        console.print(f"{settings.job_name(job)} runs: {settings.flink_rest_url}/#/job/{job_id}")


@app.command()
def stop(
    namespace: Namespace = None,
    savepoint: Annotated[bool, typer.Option(help="Keep the state to start from.")] = False,
) -> None:
    """Stop the jobs; with --savepoint so that `submit --from latest` goes on."""
    from infra.flink import submission

    submission.stop(settings_of(namespace), console, with_savepoint=savepoint)
