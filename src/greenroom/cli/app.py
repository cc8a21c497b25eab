"""The verbs, in pipeline order, and what becomes of errors."""

import json
import sys

import click
import typer

from greenroom.cli import audit, publish, setup, write
from greenroom.model.errors import Blocked, GreenroomError

app = typer.Typer(
    name="greenroom",
    help="Publish reference data into PostgreSQL the way careful publishers do: write, audit, publish.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# The order of --help is the order of the pipeline.
app.add_typer(setup.database, name="db")
for verb in (
    setup.migrate,
    setup.status,
    setup.catalog,
    write.fetch,
    write.stage,
    write.seal,
    audit.check,
    audit.diff,
    audit.report,
    audit.approve,
    audit.reject,
    audit.waive,
    publish.promote,
    publish.live,
    publish.rollback,
    publish.drift,
    publish.releases,
    write.clean,
    write.import_,
    publish.run,
    setup.settings,
    setup.sql,
    setup.demo,
):
    app.command(name=verb.__name__.rstrip("_"))(verb)


def run(arguments: list[str]) -> int:
    """One command; its exit code."""
    try:
        app(arguments, standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.Abort:
        _tell("stopped", "Nothing was half done; run it again when you like.")
        return 130
    except click.ClickException as error:
        # A word the command line does not know: click's own sentence, and where to look.
        _tell(error.format_message(), "See the verbs and options with: greenroom --help")
        return 2
    except GreenroomError as error:
        return _refused(error, as_json="--json" in arguments)
    except KeyboardInterrupt:
        _tell("stopped", "Nothing was half done; run it again when you like.")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0


def _refused(error: GreenroomError, *, as_json: bool) -> int:
    findings = error.findings if isinstance(error, Blocked) else []
    if as_json:
        print(json.dumps({"error": error.message, "hint": error.hint, "findings": findings}, ensure_ascii=False))
    else:
        for finding in findings[:20]:
            print(f"  {_line(finding)}", file=sys.stderr)
        if len(findings) > 20:
            print(f"  … and {len(findings) - 20} more: greenroom check or greenroom report", file=sys.stderr)
    _tell(error.message, error.hint)
    return error.exit_code


def _line(finding: dict[str, object]) -> str:
    unit = " ".join(str(part) for part in finding.get("unit") or [] if part)  # type: ignore[attr-defined]
    where = f"  ({finding['position']})" if finding.get("position") else ""
    head = f"{finding.get('severity', 'error')}: {finding.get('check', '')}"
    return f"{head}  {finding.get('dataset') or ''} {unit}  {finding.get('message', '')}{where}"


def _tell(cause: str, cure: str) -> None:
    print(f"greenroom: {cause}", file=sys.stderr)
    if cure:
        print(f"  → {cure}", file=sys.stderr)
