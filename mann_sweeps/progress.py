"""Shows how far the runs of a sweep are: a table that is redrawn, or a line for each change."""

import shutil
import sys
import time

from mann_sweeps.table import show_row

WAITING, RUNNING = "waiting", "running"
_UP_AND_CLEAR = "\x1b[{lines}A\x1b[J"


class RunView:
    """One run as it is shown.

    Args:
        run: the `mann_config.grid.Run`.
        folder: its `RunFolder`.
    """

    def __init__(self, run, folder):
        self.name = ", ".join(filter(None, [show_row(run.fields), f"seed {run.seed}"]))
        self.row = run.row
        self.steps = run.config["train"]["steps"] if run.config else 0
        self.state = "failed" if run.refusal else WAITING
        self.refusal = run.refusal
        self.folder = folder
        self.progress = folder.read_progress()
        self._size = self._output_size()

    def look(self):
        """Reads how far the run is; one whose output has grown is running."""
        if self.state == WAITING and self._output_size() != self._size:
            self.state = RUNNING
        if self.state == RUNNING:
            self.progress = self.folder.read_progress()

    def end(self, state):
        """Notes how the run has ended."""
        self.state = state
        self.progress = self.folder.read_progress()

    def _output_size(self):
        try:
            return self.folder.output.stat().st_size
        except OSError:
            return None

    def seconds_left(self, rate):
        """Returns about how many seconds the run still trains, or `None` if that is not known.

        Args:
            rate: steps per second to reckon with if the run has reported none, or `None`.
        """
        rate = self.progress.steps_per_second or rate
        return None if not rate else max(0, self.steps - self.progress.step) / rate


class Display:
    """Shows the runs of a sweep while they run.

    Args:
        views: list of `RunView`.
        stream: where to write. Defaults to `None`: standard output.
    """

    def __init__(self, views, stream=None):
        self._views = views
        self._stream = stream or sys.stdout
        self._in_place = self._stream.isatty()
        self._lines = 0
        self._shown = {}
        self._busiest = 1

    def update(self):
        """Shows what has changed."""
        running = sum(view.state == RUNNING for view in self._views)
        self._busiest = max(self._busiest, running)
        if self._in_place:
            lines = self._make_table()
            clear = _UP_AND_CLEAR.format(lines=self._lines) if self._lines else ""
            self._lines = len(lines)
            self._write(clear + "".join(f"{line}\n" for line in lines))
            return
        # A file gets a line for each change of state, and for each tenth of a run.
        for view in self._views:
            tenth = view.steps and 10 * view.progress.step // view.steps
            now = (view.state, tenth if view.state == RUNNING else None)
            if self._shown.get(view.name, (WAITING, None)) != now:
                self._write(f"{time.strftime('%H:%M:%S')}  {self._describe(view)}\n")
            self._shown[view.name] = now

    def note(self, text):
        """Shows a line that stays, above the table if that is redrawn."""
        clear = _UP_AND_CLEAR.format(lines=self._lines) if self._lines else ""
        self._lines = 0
        self._write(f"{clear}{text}\n")

    def _describe(self, view):
        cells = [cell for cell in self._make_cells(view)[1:] if cell]
        if view.state == "failed":
            cells.append(view.refusal or view.folder.read_failure() or "")
        return "  ".join([view.name, *cells, f"({self.summarize()})"])

    def summarize(self):
        """Returns how many runs are in which state and about how long all of them take, as text."""
        states = [view.state for view in self._views]
        counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
        left = self._seconds_left()
        return ", ".join(counts) + (f", {_show_seconds(left)} left" if left else "")

    def _seconds_left(self):
        waiting = [view for view in self._views if view.state in (WAITING, RUNNING)]
        lefts = [view.seconds_left(self._rate(view)) for view in waiting]
        if not waiting or None in lefts:
            return None
        return max(sum(lefts) / self._busiest, *lefts)

    def _rate(self, view):
        """Returns the mean steps per second of the runs of the same row, or else of all."""
        rates = {other.row: [] for other in self._views}
        for other in self._views:
            if other.progress.steps_per_second:
                rates[other.row].append(other.progress.steps_per_second)
        own = rates[view.row] or sum(rates.values(), [])
        return sum(own) / len(own) if own else None

    def _make_table(self):
        size = shutil.get_terminal_size()
        rows = [self._make_cells(view) for view in self._views]
        rows.insert(0, ["run", "state", "step", "loss", "validation", "left"])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            for row in rows
        ]
        most = max(2, size.lines - 2)
        if len(lines) > most:
            lines = self._choose(lines, most)
        return [line.rstrip()[: size.columns - 1] for line in [*lines, self.summarize()]]

    def _choose(self, lines, most):
        """Returns the lines of the runs that matter most now, in their order."""
        order = {RUNNING: 0, "failed": 1, WAITING: 2}
        ranks = [order.get(view.state, 3) for view in self._views]
        best = sorted(range(len(ranks)), key=lambda i: (ranks[i], i))[: most - 1]
        return [lines[0], *(lines[1 + i] for i in sorted(best))]

    def _make_cells(self, view):
        progress = view.progress
        left = view.seconds_left(None) if view.state == RUNNING else None
        return [
            view.name,
            view.state,
            f"{progress.step:,}/{view.steps:,}" if view.steps else "",
            "" if progress.loss is None else f"{progress.loss:.3g}",
            progress.validation,
            "" if left is None else _show_seconds(left),
        ]

    def _write(self, text):
        self._stream.write(text)
        self._stream.flush()


def _show_seconds(seconds):
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
