"""The situations."""

from __future__ import annotations

from guiju.cli.commands._app import Language, Tongue, app


@app.command()
def demo(language: Language = Tongue.en) -> None:
    """Walk the situations Guiju exists for: what works today and how to see it."""
    from guiju.cli.demo import walk

    walk(language)
