"""`audit`: what people did, and whether what is written of it is still what was written."""

from datetime import datetime
from typing import Annotated

import orjson
import typer
from rich.table import Table

from casework.calendar import SHANGHAI
from casework.errors import Refused
from dashboard.exports.lines import minute
from dashboard.terminal.console import centre_of, console
from db import audit
from db.audit import COMMAND_LINE, Asked, Deed, End, FaultKind

commands = typer.Typer(no_args_is_help=True, help="Who saw, looked for, revealed, took away or changed what.")

WORDS = {
    FaultKind.ALTERED: "row {id} is not what was sealed",
    FaultKind.GAP: "before row {id} rows are gone",
    FaultKind.END: "after row {id} rows are gone, or the mark of the end is not what was written",
}


@commands.command("list")
def list_audit(
    context: typer.Context,
    login: Annotated[str | None, typer.Option(help="only of this account")] = None,
    kind: Annotated[list[Deed] | None, typer.Option(help="only of these kinds")] = None,
    case: Annotated[str | None, typer.Option(help="only about this case")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="only since then (Asia/Shanghai)", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    ] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
) -> None:
    """The newest first. That it was read is a row too."""
    centre = centre_of(context)
    begun = since.replace(tzinfo=SHANGHAI) if since is not None else None
    asked = Asked(login=login, kinds=tuple(kind or ()), code=case, since=begun)
    with centre.ready().write() as session:
        found = audit.rows(session, asked, limit=limit)
        told = {"login": login, "kinds": kind, "case": case, "since": begun.isoformat() if begun is not None else None}
        detail = {name: value for name, value in told.items() if value}
        audit.record(session, centre.vault, None, Deed.AUDIT_READ, centre.now(), detail=detail, login=COMMAND_LINE)
    table = Table("id", "at", "login", "kind", "case", "detail")
    for row in found:
        table.add_row(
            str(row.id), minute(row.at), row.login, row.kind, row.code or "", orjson.dumps(row.detail).decode()
        )
    if found:
        console.print(table)
    console.print(f"{len(found)} rows")


@commands.command("check")
def check_audit(
    context: typer.Context,
    known: Annotated[
        str | None,
        typer.Option(help="an end that an earlier check printed, ID:SEAL; the audit must still go through it"),
    ] = None,
) -> None:
    """Find rows that were altered or taken out; ends with 1 if there are any. Keep the printed end somewhere else."""
    centre = centre_of(context)
    with centre.ready().read() as session:
        faults = audit.faults(session, centre.vault)
        end = audit.end_of(session, centre.vault)
        earlier = _end_from(known) if known is not None else None
        lost = earlier is not None and audit.seal_of(session, earlier.id) != earlier.seal
    for fault in faults:
        console.print(WORDS[fault.kind].format(id=fault.id))
    if lost:
        console.print(f"the audit no longer goes through {known}: it was put back as it was before, or made anew")
    console.print(f"{len(faults) + lost} faults")
    if end is not None:
        console.print(f"the end is {end.id}:{end.seal.hex()}")
    raise typer.Exit(1 if faults or lost else 0)


def _end_from(text: str) -> End:
    row_id, _, seal = text.partition(":")
    try:
        return End(int(row_id), bytes.fromhex(seal))
    except ValueError:
        raise Refused("--known {given}: expected what an earlier check printed, like 1234:0a1b…", given=text) from None
