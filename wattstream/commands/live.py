"""What happens in a namespace, to look at."""

from typing import Annotated

import typer

from adapters.terminal import terminal
from contracts.settings import Settings
from wattstream.commands.options import Namespace, settings_of

console = terminal()
app = typer.Typer()


@app.command()
def watch(namespace: Namespace = None) -> None:
    """Show progress and live state until Ctrl-C; exits 1 if a job did not do its work then."""
    from simulators.signals import stop_on_interrupt
    from wattstream import demo
    from wattstream.namespaces import require_namespace
    from wattstream.watch import Watch

    settings = settings_of(namespace)
    require_namespace(settings)
    with stop_on_interrupt() as stop, Watch(settings) as picture:
        picture.require_jobs()
        demo.show(picture, console, stop)
        raise typer.Exit(0 if picture.jobs_well else 1)


@app.command("demo")
def demo_(
    seconds: Annotated[
        float | None, typer.Option(help="End after this long, with verification.")
    ] = None,
) -> None:
    """Start all, replay London in January 2013, then a live fleet, with a plug and a pulse counter
    over MQTT beside it, and show it as it happens."""
    from wattstream import demo

    settings = Settings(namespace=demo.NAMESPACE)
    raise typer.Exit(0 if demo.run(settings, console, seconds) else 1)


@app.command()
def api() -> None:
    """Serve the API of all namespaces until Ctrl-C; `up` starts it, too."""
    from services.api.serve import serve

    settings = Settings()
    console.print(f"answering at {settings.api.url}; Ctrl-C ends.")
    serve(settings)
