"""`python -m bench [SUITE ...] [--size s|m|l] [--reps N] [--major 15|18]`: JSON lines to stdout, a table to stderr."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

SUITES = ("promote", "flat", "load", "french", "desk")


def main() -> None:
    """Run the suites."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], metavar="SUITE")
    parser.add_argument("--size", choices=["s", "m", "l"], default="s")
    parser.add_argument("--reps", type=int, default=1)
    parser.add_argument("--major", type=int)
    asked = parser.parse_args()
    for suite in asked.suites or SUITES:
        records = []
        for record in import_module(f"bench.{suite}").run(asked.size, asked.reps, asked.major):
            records.append(record)
            print(json.dumps(record), flush=True)
        print(f"\n## {suite}, size {asked.size}, {asked.reps} repeats, medians\n\n{table(records)}", file=sys.stderr)
        print(ratios(records), file=sys.stderr)


def ratios(records: Iterable[dict[str, Any]]) -> str:
    """What a suite sets against its peer, one line each."""
    told = ("step", "rep", "ratio", "cpu_ratio", "load", "client_peak_mb", "reader_max_ms", "reader_waits")
    return "\n".join(", ".join(f"{name} {record[name]}" for name in told) for record in records if "ratio" in record)


def table(records: Iterable[dict[str, Any]]) -> str:
    """Medians by step, as Markdown."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        steps.setdefault(record["step"], []).append(record)
    lines = [
        "| step | s | min–max | server CPU s | client CPU s | WAL MB | server MB | client MB "
        "| reader p50/p99/max ms | waits |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for step, found in steps.items():
        middle = {k: statistics.median(r[k] for r in found) for k in found[0] if isinstance(found[0][k], int | float)}
        seconds = [r["seconds"] for r in found]
        lines.append(
            f"| {step} | {middle['seconds']:.3f} | {min(seconds):.3f}–{max(seconds):.3f} | {middle['server_cpu']:.2f} "
            f"| {middle['client_cpu']:.2f} | {middle['wal_bytes'] / 1e6:.2f} | {middle['server_peak_mb']:.0f} "
            f"| {middle['client_peak_mb']:.0f} "
            f"| {middle['reader_p50_ms']:.1f}/{middle['reader_p99_ms']:.1f}/{middle['reader_max_ms']:.1f} "
            f"| {sum(r['reader_waits'] for r in found)} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
