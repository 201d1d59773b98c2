"""A real browser, spoken to over the DevTools protocol: what a page looks like and says of itself.

Debian's chromium without a window, one process for all pages; messages go through two pipes, so no
port is opened and no library is needed.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE_SECONDS = 120

# What is wrong with a page, as sentences: what can be told from its elements alone.
AUDIT = r"""
(() => {
  const faults = [];
  const say = (text, element) => faults.push(text + (element ? ': ' + element.outerHTML.slice(0, 160) : ''));
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true});

  if (!document.documentElement.lang) say('the page has no language');
  if (!document.title) say('the page has no title');
  for (const [name, selector] of [['main', 'main'], ['h1', 'h1'], ['header', 'body > header'], ['footer', 'body > footer']])
    if (all(selector).length !== 1) say(`there is not one ${name}`);
  for (const nav of all('nav')) if (!nav.getAttribute('aria-label')) say('a nav has no label', nav);
  for (const section of all('section')) {
    const heading = document.getElementById(section.getAttribute('aria-labelledby') || '');
    if (!heading || heading.tagName !== 'H2') say('a section is not named by its h2', section);
  }
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say(`a heading skips from h${level} to h${next}`, heading);
    level = next;
  }
  const ids = new Set();
  for (const element of all('[id]')) {
    if (ids.has(element.id)) say('an id is used twice', element);
    ids.add(element.id);
  }
  for (const attribute of ['aria-labelledby', 'aria-describedby'])
    for (const element of all(`[${attribute}]`))
      for (const id of element.getAttribute(attribute).split(' '))
        if (!ids.has(id)) say(`${attribute} names nothing`, element);
  for (const link of all('a')) {
    if (!link.textContent.trim()) say('a link has no text', link);
    if (!link.hash || !ids.has(link.hash.slice(1))) say('a link leads nowhere', link);
  }
  for (const table of all('table')) {
    if (!table.caption || !table.caption.textContent.trim()) say('a table has no caption', table);
    for (const head of table.querySelectorAll('th'))
      if (!head.scope) say('a head has no scope', head);
    for (const row of table.querySelectorAll('tbody tr:not(.why):not(.more)'))
      if (!row.querySelector('th')) say('a row has no head', row);
    // Drawn as blocks on a phone: only roles tell a screen reader that it is still a table.
    if (getComputedStyle(table).display !== 'table' && table.getAttribute('role') !== 'table')
      say('a table is none to screen readers', table);
  }
  for (const drawing of all('svg')) {
    if (drawing.getAttribute('aria-hidden') === 'true' || drawing.closest('svg [role=img] svg')) continue;
    if (drawing.parentElement.closest('svg')) continue;
    if (drawing.getAttribute('role') !== 'img') say('a drawing has no role', drawing);
    for (const part of ['title', 'desc'])
      if (!drawing.querySelector(`:scope > ${part}`)?.textContent.trim()) say(`a drawing has no ${part}`, drawing);
  }
  for (const element of all('[tabindex]')) {
    if (element.tabIndex > 0) say('an element jumps the tab order', element);
    if (element.matches('.scroll') && !element.getAttribute('aria-label')) say('a scrolled part has no name', element);
  }

  // Contrast of every text with what is beneath it.
  const parse = (text) => {
    const parts = (text.match(/[\d.]+/g) || []).map(Number);
    return parts.length < 3 ? [0, 0, 0, 0] : [parts[0], parts[1], parts[2], parts.length > 3 ? parts[3] : 1];
  };
  const over = (top, below) => below.map((part, i) => i === 3 ? 1 : top[i] * top[3] + part * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || ['STYLE', 'TITLE', 'DESC'].includes(element.tagName.toUpperCase())) continue;
    if (element.closest('.skip') || !shown(element)) continue;
    const style = getComputedStyle(element);
    if (parseFloat(style.fontSize) < LEAST) say(`a text of ${style.fontSize}`, element);
    const below = ground(element);
    const colour = over(parse(element instanceof SVGElement ? style.fill : style.color), below);
    const [light, dark] = [luminance(colour), luminance(below)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const kind = element.tagName + '.' + element.getAttribute('class') + ratio.toFixed(1);
    if (ratio < 4.5 && !seen.has(kind)) { seen.add(kind); say(`contrast ${ratio.toFixed(2)}`, element); }
  }

  // Nothing stands out of the page.
  const width = WIDTH;
  if (document.documentElement.scrollWidth > width) say(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const element of all('body *')) {
    if (element.closest('.scroll') || element.closest('.skip')) continue;
    const box = element.getBoundingClientRect();
    if (box.right > width + 1 && shown(element)) say('an element stands out', element);
  }
  return faults.slice(0, 20);
})()
"""


class Browser:
    """Close it when done; use as a context."""

    def __init__(self):
        path = shutil.which("chromium")
        if not path:
            raise AssertionError("chromium is not installed; remedy: deploy/install_packages --tests")
        self._profile = tempfile.mkdtemp(prefix="tunegate-browser-")
        commands, self._out = os.pipe()
        self._in, answers = os.pipe()
        # DevTools reads from file 3 and writes to file 4; a shell puts them there.
        command = [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--hide-scrollbars", f"--user-data-dir={self._profile}", "--remote-debugging-pipe",
                   "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "browser", *command],
            pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self._buffer = b""
        self._last_id = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._profile, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        """Asks the browser, and gathers what it tells meanwhile into `events`."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") != self._last_id:
                self.events.append(answer)
            elif "error" in answer:
                raise AssertionError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def _receive(self):
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], PATIENCE_SECONDS)
            more = os.read(self._in, 1 << 20) if ready else b""
            if not more:
                raise AssertionError("the browser does not answer")
            self._buffer += more
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, path, width, scheme="light", media="screen"):
        """A page of a local file, loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, width)
        for domain in ("Page", "Log", "Runtime", "Network", "Accessibility"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                  mobile=width < 600)
        page.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.call("Page.navigate", url=f"file://{os.path.abspath(path)}")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not page.events("Page.loadEventFired"):
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} does not load")
            page.evaluate("1")
        return page


class Page:
    """One open page."""

    def __init__(self, browser, session, width):
        self._browser = browser
        self._session = session
        self._width = width

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def evaluate(self, expression):
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{result['exceptionDetails']}")
        return result["result"].get("value")

    def events(self, method):
        return [event["params"] for event in self._browser.events
                if event.get("method") == method and event.get("sessionId") == self._session]

    def complaints(self):
        """What the browser's console holds: errors, warnings, what the page's own policy stopped."""
        return ([entry["entry"] for entry in self.events("Log.entryAdded")]
                + self.events("Runtime.exceptionThrown") + self.events("Runtime.consoleAPICalled"))

    def requests(self):
        """Every address that was asked for."""
        return [event["request"]["url"] for event in self.events("Network.requestWillBeSent")]

    def audit(self, least_font=11):
        """What is wrong with it, a sentence a fault; no text is smaller than so many pixels."""
        return self.evaluate(AUDIT.replace("WIDTH", str(self._width)).replace("LEAST", str(least_font)))

    def pictures_without_name(self):
        """Pictures to which a screen reader would say nothing, by the browser's own tree."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [node for node in nodes
                if not node.get("ignored") and node.get("role", {}).get("value") in ("image", "img")
                and not (node.get("name", {}).get("value") and node.get("description", {}).get("value"))]

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode={"Tab": 9, "Enter": 13}[key])

    def focus(self):
        """What has the focus (the BODY: nothing): its text, whether it can be seen, whether a ring is drawn around it."""
        return self.evaluate("""(() => {
          const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
          return {tag: at.tagName, text: at.textContent.trim().slice(0, 60), id: at.id,
                  seen: box.left >= 0 && box.top >= 0 && box.width > 1 && box.height > 1,
                  ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
        })()""")

    def picture(self):
        """The whole page as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 16000), "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def html(self):
        """The DOM after everything that would run has run."""
        return self.evaluate("document.documentElement.outerHTML")
