"""growth.py ARCADIA_BENCH FOLDER: how cost grows with rows; writes FOLDER/growth.tsv and FOLDER/growth.png.

Ends with 1 where the slope of a line of least squares through the logarithms is above 1.1: 1 is linear.
"""

import json
import math
import os
import shutil
import statistics
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000]
MOST = 1.1
# What, its colour (of Okabe and Ito, told apart by everybody), its mark.
SUBJECTS = {
    "first sync": ("#0072B2", "o"),
    "unchanged sync": ("#56B4E9", "s"),
    "invoice, lines taken in": ("#D55E00", "^"),
    "drift sweep": ("#009E73", "D"),
}


def bench(program, *arguments):
    result = subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(result.stdout) if result.stdout.strip() else None


def measure(program, folder, rows):
    """One round at one size: seconds of each subject."""
    work = os.path.join(folder, "work-growth")
    shutil.rmtree(work, ignore_errors=True)
    places = {name: os.path.join(work, name) for name in ["sync", "drift", "invoice", "books"]}
    for place in places.values():
        os.makedirs(place, mode=0o700)
    try:
        sync = bench(program, "sync", places["sync"], rows)
        bench(program, "drift-make", places["drift"], rows)
        drift = bench(program, "drift", places["drift"])
        bench(program, "invoice-lines", places["invoice"], rows)
        ingest = bench(program, "ingest", places["invoice"], places["books"])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    assert sync["resources"] == drift["checked"] == ingest["lines"] == rows
    return {
        "first sync": rows / sync["first_per_s"],
        "unchanged sync": rows / sync["again_per_s"],
        "invoice, lines taken in": ingest["seconds"],
        "drift sweep": drift["seconds"],
    }


def slope(points):
    """Of the line of least squares through the logarithms of (rows, seconds)."""
    xs, ys = zip(*[(math.log(rows), math.log(seconds)) for rows, seconds in points])
    return statistics.linear_regression(xs, ys).slope


def draw(times, slopes, rounds, path):
    plt.rcParams.update({"font.size": 11, "font.family": "DejaVu Sans", "axes.edgecolor": "#666666"})
    figure, axes = plt.subplots(figsize=(9, 6.2), dpi=160)
    for name, (colour, mark) in SUBJECTS.items():
        middle = [statistics.median(times[name][rows]) for rows in SIZES]
        below = [m - min(times[name][rows]) for m, rows in zip(middle, SIZES)]
        above = [max(times[name][rows]) - m for m, rows in zip(middle, SIZES)]
        axes.errorbar(
            SIZES, middle, [below, above], color=colour, marker=mark, markersize=7, linewidth=2, capsize=3,
            label=f"{name}  (slope {slopes[name]:.2f})", zorder=3)
        rate = f"{SIZES[-1] / middle[-1] / 1000:,.0f} k rows/s"
        axes.annotate(rate, (SIZES[-1], middle[-1]), (11, 0), textcoords="offset points", color=colour, va="center")
        # What exact proportion to the largest size would be.
        axes.plot(SIZES, [middle[-1] * rows / SIZES[-1] for rows in SIZES], color=colour, linewidth=1, linestyle=(0, (2, 3)),
                  alpha=0.7, zorder=2)
    axes.plot([], [], color="#666666", linewidth=1, linestyle=(0, (2, 3)), label="in proportion (slope 1)")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(SIZES, [f"{rows:,}" for rows in SIZES])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g} s"))
    axes.set_xlim(8_000, 2_600_000)
    axes.set_xlabel("rows")
    axes.set_ylabel("time")
    axes.set_title("Time by number of rows", loc="left", fontweight="bold", pad=26)
    count = "one round" if rounds == 1 else f"medians of {rounds} rounds, bars from least to most"
    axes.text(0, 1.02, f"{count}; both axes logarithmic", transform=axes.transAxes, color="#666666")
    axes.grid(True, which="major", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: labels[place].startswith("in proportion"))
    axes.legend([handles[i] for i in order], [labels[i] for i in order], loc="upper left", frameon=True,
                facecolor="white", edgecolor="#DDDDDD")
    figure.tight_layout()
    figure.savefig(path)


def main(program, folder):
    rounds = int(os.environ.get("ROUNDS", "3"))
    times = {name: {rows: [] for rows in SIZES} for name in SUBJECTS}
    for _ in range(rounds):
        for rows in SIZES:
            for name, seconds in measure(program, folder, rows).items():
                times[name][rows].append(seconds)
    slopes = {}
    with open(os.path.join(folder, "growth.tsv"), "w") as table:
        print("what", "rows", "seconds", "least", "most", sep="\t", file=table)
        for name, sizes in times.items():
            points = [(rows, statistics.median(values)) for rows, values in sizes.items()]
            slopes[name] = slope(points)
            for rows, seconds in points:
                print(name, rows, *(f"{value:.4f}" for value in (seconds, min(sizes[rows]), max(sizes[rows]))),
                      sep="\t", file=table)
    picture = os.path.join(folder, "growth.png")
    draw(times, slopes, rounds, picture)
    for name, value in slopes.items():
        print(f"{name:24} slope {value:.2f}{'' if value <= MOST else f'; expected at most {MOST}'}")
    print(picture)
    return 0 if max(slopes.values()) <= MOST else 1


sys.exit(main(*sys.argv[1:3]))
