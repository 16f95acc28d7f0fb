"""Answers whose figures come from `data/`. No digit is typed."""

from string import Formatter

from dremeta_lite.compare import benchmark_results as figures
from dremeta_lite.table import Text, folded


def filled(template: str) -> str:
    """A text whose fields are filled with recorded figures: `{hidden_goal[rl2].total:.1f}`, `{hidden_goal[rl2].at[10].fraction:.0%}`.
    Raises ValueError: naming the field that is none."""
    parts, formatter = [], Formatter()
    for text, field, form, conversion in formatter.parse(template):
        parts.append(text)
        if field is not None:
            try:
                benchmarks = {name: figures.results(name) for name in figures.recorded_benchmarks()}
                value = formatter.get_field(field, (), benchmarks)[0]
                shown = formatter.format_field(formatter.convert_field(value, conversion), form or "")
                parts.append(shown.removeprefix("-") if not shown.strip("-0.%") else shown)  # no "-0.0"
            except (KeyError, AttributeError, ValueError, TypeError, IndexError) as error:
                names = figures.recorded_benchmarks()
                known = "" if field.split("[")[0].split(".")[0] in names else f" Benchmarks: {', '.join(names)}."
                raise ValueError(f"{{{field}}} cannot be filled in: {error.args[0] if error.args else error}.{known}") from error
    return "".join(parts)


def reveal(template: str) -> Text:
    """A folded answer whose figures come from `data/`; see `filled`."""
    return folded(filled(template), "What happened?")
