#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""bench/plot.py RESULTS.json

Draws results of bench/run as bars, one SVG for each of the sections that were run, beside the file: RESULTS-off.svg,
RESULTS-event.svg, RESULTS-lua.svg, RESULTS-decode.svg.
"""
import json
import math
import sys
from html import escape

ROW, LEFT, WIDTH, SPACE = 17, 250, 420, 10
OURS, OTHERS = "#2a6f97", "#b8b8b8"

TRACERS = {
    "calltap-noargs": "Calltap, no values",
    "calltap": "Calltap",
    "calltap-strings": "Calltap, with strings",
    "xray-fdr-14": "XRay FDR, clang 14",
    "xray-fdr-19": "XRay FDR, clang 19",
    "xray-basic-14": "XRay basic, clang 14",
    "xray-basic-19": "XRay basic, clang 19",
    "uftrace": "uftrace",
    "uftrace-args": "uftrace, arguments",
    "lttng-fast": "LTTng cyg-profile-fast",
    "lttng": "LTTng cyg-profile",
    "uprobe": "uprobe",
}
BUILDS = {"calltap": "Calltap", "xray": "XRay", "patchable": "patchable entry", "cyg": "-finstrument-functions"}
WORKLOADS = {
    "leaf": "op", "fib": "op", "qsort": "op", "tree": "op", "virtual": "op", "exceptions": "op", "lambda": "op",
    "lua": "cpu", "sqlite": "cpu", "zstd": "cpu", "redis": "request",
}
READINGS = {"decode-report": "report", "decode-text": "text", "decode-chrome": "chrome JSON"}


def chart(title, groups, unit, form, logarithmic=False):
    """The text of an SVG. groups: [(heading, [(label, value, ours)])]; form: how a value is written."""
    values = [value for _, bars in groups for _, value, _ in bars]
    top = max(values)
    bottom = 10 ** math.floor(math.log10(min(values))) if logarithmic else 0

    def length(value):
        if logarithmic:
            return WIDTH * math.log(value / bottom) / math.log(top / bottom)
        return WIDTH * value / top

    y, parts = 44, []
    for heading, bars in groups:
        if heading:
            parts.append(f'<text x="8" y="{y + 12}" font-weight="bold">{escape(heading)}</text>')
            y += ROW
        for label, value, ours in bars:
            colour = OURS if ours else OTHERS
            parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(label)}</text>'
                         f'<rect x="{LEFT}" y="{y + 2}" width="{max(length(value), 1):.1f}" height="{ROW - 4}" fill="{colour}"/>'
                         f'<text x="{LEFT + length(value) + 5:.1f}" y="{y + 12}">{escape(form(value))}</text>')
            y += ROW
        y += SPACE
    scale = ", logarithmic" if logarithmic else ""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" height="{y}" '
            'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
            f'<text x="8" y="20" font-size="15">{escape(title)}</text>'
            f'<text x="8" y="36" fill="#555">{escape(unit + scale)}</text>\n' + "\n".join(parts) + "\n</svg>\n")


def off(found):
    groups = []
    for workload, metric in WORKLOADS.items():
        bars = [(label, found[workload, variant, metric]["ratio"], variant == "calltap")
                for variant, label in BUILDS.items() if (workload, variant, metric) in found]
        if bars:
            groups.append((workload, bars))
    return groups and chart("Hooks off", groups, "time over that of the plain build, median of the rounds", "{:.3f}".format)


def by_tracer(found, workload, value):
    bars = [(label, value(variant), variant.startswith("calltap")) for variant, label in TRACERS.items()
            if (workload, variant, "bytes") in found]
    return bars and [("", bars)]


def event(found):
    groups = by_tracer(found, "peers-event", lambda v: found["peers-event", v, "cpu/event"]["min"])
    return groups and chart("One event: calls and returns of a function with two integers", groups,
                            "ns of processor time of the traced thread, minimum", "{:.0f} ns".format, True)


def lua(found):
    groups = by_tracer(found, "peers-lua", lambda v: found["peers-lua", v, "run.wall"]["min"] / 1000)
    return groups and chart("Every function of Lua traced: the whole run", groups, "seconds by the clock, minimum",
                            "{:.2f} s".format)


def decode(found):
    groups = []
    for workload, label in READINGS.items():
        bars = [(name, found["decode-events", variant, "events"]["min"] / found[workload, variant, "cpu"]["min"] / 1e3,
                 variant == "calltap") for variant, name in TRACERS.items() if (workload, variant, "cpu") in found]
        if bars:
            groups.append((label, bars))
    return groups and chart("Reading a trace", groups, "millions of events a second of processor time, best",
                            "{:.1f} M/s".format)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip().splitlines()[0])
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        results = json.load(file)["results"]
    found = {(row["workload"], row["variant"], row["metric"]): row for row in results}
    for name, draw in (("off", off), ("event", event), ("lua", lua), ("decode", decode)):
        picture = draw(found)
        if picture:
            with open(f"{path.removesuffix('.json')}-{name}.svg", "w", encoding="utf-8") as file:
                file.write(picture)


if __name__ == "__main__":
    main()
