"""`agentc pull`: an embedded model's weights, from its package into the user's cache."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("names", nargs=-1, metavar="MODEL...")
@click.option(
    "--list", "listing", is_flag=True, help="List the models that can be pulled, and which are here."
)
def command(names: tuple[str, ...], listing: bool) -> None:
    """Take the weights of MODEL... out of their packages into the user cache, checked by hash."""
    from agentc.runtime.models import find_embedded, model_folder  # noqa: PLC0415 (start-up time)

    if listing:
        _list()
        return
    if not names:
        raise click.UsageError("name a model, or use --list")
    for name in names:
        find_embedded(name)  # a misspelled name fails before anything is downloaded
    for name in names:
        click.echo(f"{name}: {_pull(name)}: {model_folder(name)}", err=True)


def _pull(name: str) -> str:
    from agentc.runtime.pull import pull  # noqa: PLC0415

    return "pulled" if pull(name, progress=sys.stderr.isatty()) else "here already"


def _list() -> None:
    from agentc.runtime.models import embedded_models, is_pulled  # noqa: PLC0415

    for name, model in embedded_models().items():
        here = "here" if is_pulled(name) else "not here"
        size_mb = sum(file.bytes for file in model.files) / 1e6
        package = f"{model.package} {model.version}"
        click.echo(f"{name:14} {here:8} {size_mb:5.0f} MB  {model.title}; {model.license}; {package}")
