"""A notebook and its panels as a person sees them in the browser."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from serving import PATIENCE, REPOSITORY, Server

SCREENSHOTS = REPOSITORY / "tests" / "screenshots"


class NotebookPage:
    """One notebook in the browser: opens it, runs it, finds its panels, and asks its kernel."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, server: Server, name: str, address: str = "doc/tree") -> None:
        self.page.goto(f"{server.base}/{address}/{name}?token={server.token}")
        self.wait_for_kernel()

    def reload(self) -> None:
        self.page.reload()
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        idle = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        self.page.locator(".jp-Notebook").wait_for()
        self.page.wait_for_function(idle)

    def command(self, name: str, **arguments: Any) -> None:
        """Give JupyterLab a command, without awaiting its end (that of run-all would be the end of the last cell)."""
        self.page.evaluate("([name, arguments]) => { window.jupyterapp.commands.execute(name, arguments) }", [name, arguments])

    def run_all(self) -> None:
        self.command("notebook:run-all-cells")

    def put_cells(self, *cells: str) -> None:
        """Put code cells in the place of all that there are, and close the panels that those have made, in the same kernel."""
        self.ask("from dremeta_lite.lab import frame\nfor owner in list(frame._owners.values()): owner.close()")
        script = """cells => {
            const model = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
            model.deleteCellRange(0, model.cells.length);
            model.insertCells(0, cells.map(source => ({cell_type: 'code', source, metadata: {}})));
        }"""
        self.page.evaluate(script, list(cells))
        self.errors.clear()

    def run_new_cell(self, code: str) -> None:
        """Append a cell with this code and run it, without awaiting its end."""
        script = """async code => {
            const {content, context} = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = content.widgets.length - 1;
            await window.jupyterapp.commands.execute('notebook:insert-cell-below');
            content.activeCell.model.sharedModel.setSource(code);
            window.jupyterapp.commands.execute('notebook:run-cell');
        }"""
        self.page.evaluate(script, code)

    def save(self) -> None:
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def restart_kernel(self) -> None:
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")

    def output(self, text: str) -> Any:
        """The output that contains a text (the code that prints it does not count)."""
        return self.page.locator(".jp-OutputArea").get_by_text(text).first

    def focused(self) -> str:
        """The name of what has the focus, as its label, its text or its role says it."""
        return self.page.evaluate(
            "() => { const x = document.activeElement; return (x.labels?.[0] ?? x).innerText || x.role || x.tagName }"
        )

    def expect_value(self, box: Any, value: str) -> None:
        from playwright.sync_api import expect

        expect(box).to_have_value(value)

    def ask(self, code: str) -> str:
        """Execute code in the notebook's kernel, beside the notebook's cells, and return what it printed."""
        script = """async code => {
            const future = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code});
            let text = "";
            future.onIOPub = message => { text += message.content.text ?? message.content.evalue ?? "" };
            await future.done;
            return text;
        }"""
        return self.page.evaluate(script, code).strip()

    def ask_until(self, code: str, expected: str) -> None:
        """Ask the kernel until it prints what is expected."""
        end = time.monotonic() + PATIENCE / 1000
        while (answer := self.ask(code)) != expected and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        if answer != expected:
            pytest.fail(f"{code} printed {answer}, expected {expected}")

    def panel(self, name: str, n: int = 0) -> "PanelOnPage":
        return PanelOnPage(self.page, self.page.locator(f".dremeta-panel-{name}").nth(n))

    def faults(self) -> list[str]:
        """What in our frames has the focus without a name, or can be scrolled but not with keys. With the variable DREMETA_AXE, the path of
        axe-core's script, also what that calls serious."""
        own = """() => [...document.querySelectorAll('.dremeta-frame *')].filter(x => x.offsetParent).filter(x => {
            const label = x.ariaLabel || x.innerText?.trim() || x.title || x.labels?.[0]?.innerText;
            const wide = x.scrollWidth > x.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(x).overflowX);
            return x.matches('[tabindex="0"], button, input, select, canvas') && !label || wide && x.tabIndex < 0;
        }).map(x => x.outerHTML.slice(0, 200))"""
        found = self.page.evaluate(own)
        if axe := os.environ.get("DREMETA_AXE"):
            self.page.add_script_tag(path=axe)
            run = "() => axe.run({include: [...document.querySelectorAll('.dremeta-frame')]})"
            worst = [x for x in self.page.evaluate(run)["violations"] if x["impact"] in ("serious", "critical")]
            found += [f"{x['id']}: {node['html'][:200]}" for x in worst for node in x["nodes"]]
        return found

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@contextlib.contextmanager
def fresh_page(browser: Any, name: str) -> Iterator[NotebookPage]:
    """A page of its own, 1280 pixels wide. What it showed last is kept in tests/screenshots."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE)
    page = NotebookPage(context.new_page())
    yield page
    page.screenshot(f"last-{name}")
    context.close()


class PanelOnPage:
    """A live panel as a person sees it: its buttons, boxes, sliders, status and picture, found by their roles and names."""

    def __init__(self, page: Any, locator: Any) -> None:
        self.page, self.locator = page, locator
        self.status, self.alert = locator.get_by_role("status"), locator.get_by_role("alert")
        self.image, self.summary = locator.locator(".dremeta-picture canvas"), locator.locator(".dremeta-summary")

    def button(self, name: str) -> Any:
        return self.locator.get_by_role("button", name=name, exact=True)

    def press(self, name: str, expected: str) -> None:
        """Press a button and wait until the status line says what is expected."""
        self.button(name).click()
        self.expect_status(expected)

    def expect_status(self, text: str) -> None:
        from playwright.sync_api import expect

        expect(self.status).to_contain_text(text)

    def expect_no_status(self, text: str) -> None:
        from playwright.sync_api import expect

        expect(self.status).not_to_contain_text(text)

    def type(self, label: str, value: str) -> None:
        """Type a value into a number box, and press Enter."""
        self.box(label).fill(value)
        self.box(label).press("Enter")

    def contrast(self) -> float:
        """How much the status text stands out from the page behind it, as the WCAG define it: 1 not at all, 21 black on white."""
        script = """status => {
            const colour = (x, what) => getComputedStyle(x)[what].match(/[\\d.]+/g).map(Number);
            let behind = status;
            while (behind && (colour(behind, 'backgroundColor')[3] ?? 1) === 0) behind = behind.parentElement;
            const light = rgb => rgb.slice(0, 3).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const [a, b] = [light(colour(status, 'color')), light(colour(behind, 'backgroundColor'))].sort((a, b) => b - a);
            return (a + 0.05) / (b + 0.05);
        }"""
        return self.status.evaluate(script)

    def box(self, label: str) -> Any:
        return self.locator.get_by_role("spinbutton", name=label)

    def slider(self, hyperparameter: str) -> Any:
        return self.locator.locator(f".dremeta-control-{hyperparameter}").get_by_role("slider")

    def handle(self, name: str) -> Any:
        """What can be dragged in the picture."""
        return self.locator.locator(".dremeta-picture").get_by_role("slider", name=name, exact=True)

    def area(self, title: str) -> Any:
        """The axes with this title."""
        return self.locator.locator(".dremeta-picture").get_by_role("application", name=title)

    def settle(self) -> None:
        """Bring the panel into view, and wait until its picture is drawn as large as it is shown and nothing moves any more: only then
        is a place on the screen the same place a moment later."""
        self.image.wait_for()
        self.locator.scroll_into_view_if_needed()
        script = """([canvas, patience]) => new Promise((done, failed) => {
            let before = '', since = 0;
            setTimeout(() => failed(new Error('the picture does not settle')), patience);
            const parts = () => [canvas, ...canvas.parentElement.querySelectorAll('.dremeta-area')];
            const look = () => {
                const now = parts().map(x => JSON.stringify(x.getBoundingClientRect())).join();
                const whole = Math.abs(canvas.width - canvas.clientWidth * devicePixelRatio) <= 20;
                [before, since] = [now, whole && now === before ? since + 1 : 0];
                since > 5 ? done() : setTimeout(look, 100);
            };
            look();
        })"""
        self.page.evaluate(script, [self.image.element_handle(), PATIENCE])

    def iteration(self) -> int:
        found = re.search(r"iteration ([\d,]+)", self.status.inner_text())
        assert found, self.status.inner_text()
        return int(found[1].replace(",", ""))

    def wait_for_iteration(self, at_least: int) -> None:
        script = """([panel, n]) => +panel.querySelector('[role=status]').innerText.match(/iteration (\\d+)/)[1] >= n"""
        self.page.wait_for_function(script, arg=[self.locator.element_handle(), at_least])

    def count_pictures(self, wanted: int) -> int:
        """Watch the canvas until so many pictures of different content were shown; returns how many."""
        script = """([canvas, wanted, patience]) => new Promise((done, failed) => {
            const seen = new Set();
            const look = async () => {
                const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                seen.add(String(new Uint8Array(await crypto.subtle.digest('SHA-1', data))));
                if (seen.size >= wanted) done(seen.size);
            };
            new MutationObserver(look).observe(canvas, {attributes: true, attributeFilter: ['data-frame']});
            setTimeout(() => failed(new Error(`only ${seen.size} pictures`)), patience);
        })"""
        return self.page.evaluate(script, [self.image.element_handle(), wanted, PATIENCE])
