"""The commands: a file a room or so. They are listed in the order in which they are imported here."""

from guiju.cli.commands._app import app as app

from guiju.cli.commands import (  # isort: skip
    audit as audit,
    journal as journal,
    ledger as ledger,
    cases as cases,
    casework as casework,
    inspect as inspect,
    watch as watch,
    growth as growth,
    shelf as shelf,
    fee as fee,
    wind_down as wind_down,
    market_size as market_size,
    stress as stress,
    season as season,
    onboard as onboard,
    rate as rate,
    consult as consult,
    rulebook as rulebook,
    gate as gate,
    serve as serve,
    rollout as rollout,
    redress as redress,
    backtest as backtest,
    guard as guard,
    console as console,
    twin as twin,
    example as example,
    demo as demo,
)
