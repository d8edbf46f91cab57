"""Writes the error tables of `costmodels/README.md` anew, from a file of measurements.

python tests/benchmarks/costmodels/fill_readme.py calibration_llm.csv
"""

import sys
from pathlib import Path

from agentc.costmodels.serving.predict import predict_all
from agentc.costmodels.serving.rows import read_rows
from agentc.costmodels.serving.score import score

README = Path(__file__).parents[3] / "costmodels" / "README.md"
BEGIN, END = "<!-- errors: begin -->", "<!-- errors: end -->"


def tables(rows: Path) -> str:
    """The tables, in Markdown."""
    records = read_rows(rows)
    found = score(records, predict_all(records))
    if found is None:
        raise SystemExit(f"{rows}: no row states a value to compare with")
    total = found.overall
    first = (
        f"{total.rows} rows of `{rows.name}`, on which the constants were fitted ({found.refused} refused):"
        f" median error {total.median:.1f}%, 90th percentile {total.p90:.1f}%,"
        f" mean over devices {found.mean_over_devices:.1f}%, inside the 80% band {total.covered:.0f}%."
    )
    lines = [first]
    for column, groups in found.groups.items():
        lines += [
            "",
            f"| {column} | rows | median | 90th percentile | in the band |",
            "|---|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {g.group} | {g.rows} | {g.median:.1f}% | {g.p90:.1f}% | {g.covered:.0f}% |" for g in groups
        ]
    return "\n".join(lines)


def main(rows: Path) -> None:
    """Replace what stands between the marks."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{tables(rows)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
