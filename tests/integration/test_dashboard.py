"""The dashboard in a real browser, against a pgfold with traffic."""

import threading
import urllib.request
from typing import Dict, Iterator, List

import psycopg2
import pytest
from selenium.webdriver.common.keys import Keys

from support.browser import Browser
from support.endpoint import Endpoint
from support.parent_child import parent_child
from support.pgfold import Pgfold
from support.postgres import Postgres
from support.waiting import wait_until

PARENTS = 20
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"
TABS = ["overview", "findings", "statements", "associations", "cache", "connections", "config"]


def loop(endpoint: Endpoint) -> None:
    """Its lookups name a column so that their text is a script to whoever takes it for HTML."""
    connection = psycopg2.connect(endpoint.dsn(), application_name=HOSTILE[:60])
    connection.autocommit = True
    cursor = connection.cursor()
    alias = '"' + HOSTILE.replace('"', '""') + '"'
    cursor.execute("SELECT id, name FROM board_list ORDER BY id")
    for key, _ in cursor.fetchall():
        cursor.execute(f"SELECT id AS {alias} FROM board_item WHERE list_id = %s", (key,))
        assert len(cursor.fetchall()) == 3
    connection.close()


@pytest.fixture(scope="module")
def tables(pg: Postgres) -> Iterator[None]:
    with parent_child(pg, "board", PARENTS, 3):
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def served(pg: Postgres, tables: None, scratch, _binary) -> Iterator[Pgfold]:
    """With a loop found, and nothing going on any more: numbers stand still."""
    process = Pgfold(scratch / "dashboard", pg.endpoint.dsn()).start()
    for _ in range(3):
        loop(process.endpoint)
    connection = psycopg2.connect(process.endpoint.dsn(), application_name="a few others")
    connection.autocommit = True
    cursor = connection.cursor()
    for _ in range(2):
        cursor.execute("SELECT count(*) FROM board_item")
    cursor.execute("UPDATE board_list SET name = name WHERE id = 1")
    with pytest.raises(psycopg2.Error):
        cursor.execute("SELECT nothing FROM board_item")
    wait_until(lambda: n_plus_one(process), "the finding")
    yield process
    connection.close()
    process.stop()


def n_plus_one(process: Pgfold) -> List[Dict]:
    return process.get_json("/api/v1/findings?class=n_plus_one")["findings"]


def show(browser: Browser, process: Pgfold, tab: str = "overview", **how) -> Browser:
    browser.emulate(**how)
    browser.open(f"{process.admin_url}/#{tab}")
    browser.wait_for("#link[data-state=live]")
    return browser


def count(text: str) -> int:
    return int(text.replace(",", ""))


def statement_rows(browser: Browser) -> List[Dict[str, str]]:
    return browser.script("""
        return [...document.querySelectorAll('#view-statements tbody tr')].map((row) =>
            Object.fromEntries([...row.cells].map((cell) =>
                [cell.dataset.column, (cell.querySelector('summary') ?? cell).textContent])))""")


class TestUnderLoad:
    def test_it_lives(self, browser, start_pgfold, pg, tables):
        process = start_pgfold(pg.endpoint.dsn())
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                loop(process.endpoint)

        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        try:
            show(browser, process)
            tile = "[data-tile=Queries] .value span"
            wait_until(lambda: browser.text(tile) not in ("", "–", "0"), "queries per second", 30)
            # A finding that comes while the page is open is shown without being asked for.
            wait_until(lambda: browser.texts(".top-finding .title"), "the loop", 30)
            note = "[data-tile=Queries] .note"
            before = browser.text(note)
            wait_until(lambda: browser.text(note) != before, "another second", 30)
        finally:
            stop.set()
            for worker in workers:
                worker.join()
        assert [m for m in browser.messages() if m["level"] == "SEVERE"] == []

    def test_a_page_opened_later_has_the_history(self, browser, served):
        samples = wait_until(lambda: served.get_json("/api/v1/history")["samples"]["at_ms"],
                             "a second of history")
        show(browser, served)
        points = wait_until(lambda: browser.script(
            "return Chart.getChart(document.querySelector('canvas'))?.data.datasets[0].data.length"),
            "the chart")
        assert points >= len(samples)


class TestNumbers:
    def test_totals(self, browser, served):
        show(browser, served)
        saved = int(served.metric("pgfold_round_trips_saved_total"))
        queries = int(served.metric("pgfold_queries_total"))
        wait_until(lambda: browser.text("[data-tile='Round trips saved'] .value span") == f"{saved:,}",
                   f"{saved} round trips saved")
        assert browser.text("[data-tile=Queries] .note") == f"{queries:,} in all"

    def test_findings(self, browser, served):
        show(browser, served, "findings")
        browser.wait_for(".finding .waterfall .row i")
        (finding,) = n_plus_one(served)
        card = ".finding[data-key^=n_plus_one]"
        browser.script("document.querySelector(arguments[0]).open = true", card)
        assert f"{finding['lookups']:,} lookups in {finding['runs']} loops" in browser.text(f"{card} .facts")
        assert browser.text(f"{card} .title") == "board_list.id→board_item by list_id"
        wait_until(lambda: browser.texts(f"{card} .suggestion"), "the open card")
        assert browser.text(f"{card} .suggestion") == finding["suggestion"]["text"]
        assert browser.text(f"{card} .batched") == finding["suggestion"]["batched_query"]
        lookups = finding["timeline"]["lookups"]
        assert 2 <= len(lookups) <= PARENTS
        bars = browser.all(f"{card} .waterfall .row i:not(.parent)")
        assert len(bars) == len(lookups)
        folded = browser.all(f"{card} .waterfall .row i.folded")
        assert len(folded) == sum(one["folded"] for one in lookups)
        starts = [one["start_ms"] for one in lookups]
        assert starts == sorted(starts) and starts[0] >= 0

    def test_statements(self, browser, served):
        show(browser, served, "statements")
        browser.wait_for("#view-statements tbody tr")
        calls = {row["query"]: row["calls"] for row in served.get_json("/api/v1/statements")["statements"]}
        wait_until(lambda: {row["query"]: count(row["calls"]) for row in statement_rows(browser)} == calls,
                   "the same calls")

    def test_connections_and_configuration(self, browser, served):
        show(browser, served, "connections")
        wait_until(lambda: "a few others" in browser.text("#view-connections tbody"), "the client")
        show(browser, served, "config")
        browser.wait_for("#view-config dl")
        shown = dict(zip(browser.texts("#view-config .card:nth-child(1) dt"),
                         browser.texts("#view-config .card:nth-child(1) dd")))
        assert shown["threads"] == str(served.get_json("/api/v1/config")["config"]["threads"])

    def test_associations(self, browser, served):
        show(browser, served, "associations")
        browser.wait_for("#view-associations tbody tr")
        (known,) = served.get_json("/api/v1/associations")["associations"]
        assert browser.text("td[data-column=keys_fetched]") == f"{known['score']['keys_fetched']:,}"


class TestTable:
    def test_sorts_both_ways(self, browser, served):
        show(browser, served, "statements")
        browser.wait_for("#view-statements tbody tr")

        def calls() -> List[int]:
            return [count(row["calls"]) for row in statement_rows(browser)]

        button = next(b for b in browser.all("#view-statements th button") if b.text.startswith("Calls"))
        button.click()
        assert calls() == sorted(calls(), reverse=True) and len(set(calls())) > 1
        header = "#view-statements th[aria-sort=descending]"
        assert browser.text(header) == "Calls"
        button.click()
        assert calls() == sorted(calls())
        assert browser.text(header.replace("descending", "ascending")) == "Calls"

    def test_search_and_filters(self, browser, served):
        show(browser, served, "statements")
        browser.wait_for("#view-statements tbody tr")
        everything = len(statement_rows(browser))
        search = browser.wait_for("#view-statements input[type=search]")
        search.send_keys("COUNT board_item")
        (row,) = statement_rows(browser)
        assert row["query"] == "SELECT count(*) FROM board_item" and row["calls"] == "2"
        search.clear()
        search.send_keys("no such thing")
        assert statement_rows(browser) == []
        assert browser.text("#view-statements .foot-note") == "Nothing matches."
        search.clear()
        search.send_keys(" ")
        assert len(statement_rows(browser)) == everything
        choose = "const s = document.querySelector(`#view-statements select[aria-label=${arguments[0]}]`);" \
                 "s.value = arguments[1]; s.dispatchEvent(new Event('change'))"
        browser.script(choose, "Kind", "update")
        assert [row["query"][:6] for row in statement_rows(browser)] == ["UPDATE"]
        browser.script(choose, "Kind", "")
        browser.script(choose, "Errors", "1")
        assert [row["errors"] for row in statement_rows(browser)] == ["1"]


class TestAccess:
    def test_by_keyboard_alone(self, browser, served):
        show(browser, served)
        active = browser.driver.switch_to
        browser.driver.find_element("tag name", "body").send_keys(Keys.TAB)
        assert active.active_element.text == "Skip to content"
        active.active_element.send_keys(Keys.TAB)  # the theme
        active.active_element.send_keys(Keys.TAB)
        assert active.active_element.get_attribute("id") == "tab-overview"
        active.active_element.send_keys(Keys.ARROW_RIGHT)
        assert active.active_element.get_attribute("id") == "tab-findings"
        assert active.active_element.get_attribute("aria-selected") == "true"
        browser.wait_for(".finding")
        assert not browser.all("#view-overview:not([hidden])")
        summary = browser.all(".finding summary")[0]
        was_open = browser.script("return document.querySelector('.finding').open")
        summary.send_keys(Keys.ENTER)
        assert browser.script("return document.querySelector('.finding').open") is not was_open
        browser.all("#tab-findings")[0].send_keys(Keys.END)
        assert active.active_element.get_attribute("id") == "tab-config"

    def test_everything_has_a_name(self, browser, served):
        for tab in TABS:
            show(browser, served, tab)
            wait_until(lambda: browser.text(f"#view-{tab}"), tab)
            unnamed = browser.script("""
                return [...document.querySelectorAll('button, input, select, a, [role=img]')]
                    .filter((one) => !(one.textContent.trim() || one.ariaLabel)).map((one) => one.outerHTML)""")
            assert unnamed == []

    @pytest.mark.parametrize("scheme,other", [("light", "dark"), ("dark", "light")])
    def test_themes(self, browser, served, scheme, other):
        show(browser, served, scheme=scheme)
        browser.script("localStorage.clear()")
        show(browser, served, scheme=scheme)

        def lightness() -> int:
            color = browser.script("return getComputedStyle(document.body).backgroundColor")
            return sum(int(part) for part in color[4:-1].split(","))

        assert (lightness() > 380) == (scheme == "light")
        browser.wait_for("#theme").click()
        assert (lightness() > 380) == (other == "light")
        show(browser, served, scheme=scheme)  # the choice stays
        assert (lightness() > 380) == (other == "light")
        browser.script("localStorage.clear()")

    @pytest.mark.parametrize("tab", TABS)
    def test_a_phone_never_scrolls_sideways(self, browser, served, tab):
        show(browser, served, tab, width=360, height=740)
        wait_until(lambda: not browser.texts(f"#view-{tab} .empty strong") or
                   browser.text(f"#view-{tab} .empty strong") != "Loading", "the content")
        assert browser.script("return document.documentElement.scrollWidth") == 360


class TestSafety:
    def test_sql_is_text(self, browser, served):
        for tab in TABS:
            show(browser, served, tab)
            wait_until(lambda: browser.text(f"#view-{tab}"), tab)
            if tab == "findings":
                browser.script("document.querySelectorAll('.finding').forEach((one) => { one.open = true })")
                wait_until(lambda: HOSTILE.split()[0] in browser.text(".finding .flow .child pre"), "SQL")
            if tab == "statements":
                wait_until(lambda: any("<img src=x" in row["query"] for row in statement_rows(browser)),
                           "SQL")
            assert browser.driver.title == "pgfold"
            assert browser.script("return document.querySelectorAll('main img, main script').length") == 0

    def test_the_policy_allows_nothing_else(self, browser, served):
        with urllib.request.urlopen(served.admin_url + "/") as response:
            policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy
        assert "script-src 'self'" in policy and "frame-ancestors 'none'" in policy
        show(browser, served)
        assert browser.script("""
            const script = document.createElement('script');
            script.textContent = "document.title = 'inline'";
            document.body.append(script);
            return document.title""") == "pgfold"
        hosts = browser.script("return [...new Set(performance.getEntriesByType('resource')"
                               ".map((one) => new URL(one.name).origin))]")
        assert hosts == [served.admin_url]


class TestStates:
    def test_empty(self, browser, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        for tab, title in [("findings", "No loops so far"), ("associations", "Nothing learned yet"),
                           ("connections", "Nobody is connected"), ("cache", "The cache is off")]:
            show(browser, process, tab)
            wait_until(lambda: title in browser.texts(f"#view-{tab} .empty strong"), title)

    def test_a_server_that_goes_away_and_comes_back(self, browser, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        show(browser, process)
        assert browser.text("#away") == ""
        process.kill()
        browser.wait_for("#link[data-state=away]")
        assert "trying again" in browser.text("#away")
        again = start_pgfold(pg.endpoint.dsn(), admin=process.admin_url.removeprefix("http://"))
        assert again.admin_url == process.admin_url
        browser.wait_for("#link[data-state=live]")
        assert browser.text("#away") == ""
