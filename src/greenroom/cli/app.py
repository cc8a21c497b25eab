"""The verbs, in pipeline order, and what becomes of errors."""

import json
import sys
from typing import Annotated

import typer
import typer.core
from typer.exceptions import TyperException

from greenroom.cli import (
    audit,
    coverage,
    desk,
    edits,
    export,
    importing,
    links,
    lookup,
    publish,
    rebuild,
    setup,
    switch,
    whole,
    write,
)
from greenroom.cli import refresh as refreshing
from greenroom.defects import kept, unsaid
from greenroom.model.errors import GreenroomError


class _InOrder(typer.core.TyperGroup):
    """Verbs in the order they are declared, the private server first."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        names = list(super().list_commands(ctx))
        return sorted(names, key=lambda name: name != "db")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"greenroom {version('greenroom')}")
        raise typer.Exit


def _whole(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Publish reference data into PostgreSQL the way careful publishers do: write, audit, publish."""


app = typer.Typer(
    name="greenroom",
    cls=_InOrder,
    epilog="For example: greenroom run 'AQA GCSE' --subject 8525 --from SPECIFICATION.pdf --promote",
    callback=_whole,
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
    coverage.coverage,
    write.fetch,
    write.stage,
    write.seal,
    audit.check,
    audit.diff,
    audit.report,
    edits.edit,
    edits.edits,
    edits.withdraw,
    audit.approve,
    audit.reject,
    audit.waive,
    publish.promote,
    publish.live,
    publish.rollback,
    publish.drift,
    publish.releases,
    links.links,
    write.clean,
    refreshing.refresh,
    refreshing.freshness,
    export.export,
    importing.import_,
    whole.run,
    rebuild.rebuild,
    switch.switch_over,
    switch.switch_back,
    lookup.lookup,
    desk.desk,
    setup.settings,
    setup.sql,
    setup.demo,
):
    app.command(name=verb.__name__.rstrip("_").replace("_", "-"))(verb)


def run(arguments: list[str]) -> int:
    """One command; its exit code."""
    try:
        "".join(arguments).encode()
    except UnicodeEncodeError:
        _tell("A word of the command is not UTF-8 text.", "Write it again; the terminal should be set to UTF-8.")
        return 2
    try:
        # without its own error messages, typer answers the code of an Exit instead of raising it
        left = app(arguments, standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except typer.Abort:
        _tell("stopped", "Nothing was half done; run it again when you like.")
        return 130
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            # a verb alone is a question, not a mistake; typer keeps the class to itself
            print(getattr(error, "format_message", error.__str__)())
            return 2
        # A word the command line does not know: typer's own sentence, and where to look.
        _tell(
            str(getattr(error, "format_message", error.__str__)()), "See the verbs and options with: greenroom --help"
        )
        return 2
    except GreenroomError as error:
        return _refused(error, as_json="--json" in arguments)
    except KeyboardInterrupt:
        _tell("stopped", "Nothing was half done; run it again when you like.")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - the last door: whatever it is, a person gets two lines
        _tell(
            f"unexpected: {type(error).__name__}: {_first_line(error)}",
            f"This is a defect; the details are in {kept(error)}",
        )
        return 70
    return left if isinstance(left, int) else 0


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


def _refused(error: GreenroomError, *, as_json: bool) -> int:
    findings = error.findings
    if as_json:
        said = {"error": error.message, "hint": error.hint, "findings": findings, "details": error.details}
        print(json.dumps(said, ensure_ascii=False))
    else:
        for detail in error.details:
            print(f"  {detail}", file=sys.stderr)
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
    print(f"greenroom: {unsaid(' '.join(cause.split()))}", file=sys.stderr)
    print(f"  → {unsaid(' '.join(cure.split()))}", file=sys.stderr)
