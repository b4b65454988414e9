import assert from "node:assert/strict";

import { IncidentBoard, type Screen, type Sighting } from "../../../src/cli/report/incident_board.js";

/** What a terminal shows: enough of ECMA-48 to follow the board. */
class FakeTerminal implements Screen {
  columns = 100;
  rows = 10;
  isColoured = false;
  canRepaint = true;
  writes = 0;
  readonly lines: string[] = [""];
  #row = 0;

  write(text: string): void {
    this.writes++;
    // eslint-disable-next-line no-control-regex
    for (const piece of text.match(/\u001b\[\d*[A-Za-z]|[\r\n]|[^\u001b\r\n]+/g) ?? []) this.#apply(piece);
  }

  #apply(piece: string): void {
    const count = Number(/\d+/.exec(piece)?.[0] ?? 1);
    if (piece === "\n") {
      this.#row++;
      if (this.#row === this.lines.length) this.lines.push("");
    } else if (piece.endsWith("A") && piece.startsWith("\u001b")) {
      this.#row -= count;
      assert.ok(this.lines.length - 1 - this.#row < this.rows, "moved above the screen");
    } else if (piece.endsWith("B") && piece.startsWith("\u001b")) {
      this.#row += count;
    } else if (piece === "\u001b[2K") {
      this.lines[this.#row] = "";
    } else if (piece !== "\r" && !piece.startsWith("\u001b")) {
      this.lines[this.#row] = `${this.lines[this.#row] ?? ""}${piece}`;
    }
  }
}

function sighting(incidentId: string, input: Partial<Sighting> & { command?: string } = {}): Sighting {
  const { command = "iptables -F", ...rest } = input;
  return {
    incidentId,
    ruleName: "Firewall Disabled",
    severity: "low",
    time: new Date(2026, 0, 2, 3, 4, 5),
    account: {
      user: "root",
      login: "alice",
      from: "203.0.113.7",
      command,
      host: "web-1",
      container: undefined,
      parent: "bash",
    },
    isUndecided: false,
    ...rest,
  };
}

describe("the board of incidents", () => {
  let terminal: FakeTerminal;
  let board: IncidentBoard;
  beforeEach(() => {
    terminal = new FakeTerminal();
    board = new IncidentBoard(terminal);
  });
  afterEach(() => board.paint());

  it("says who, what, from where, below what, and by which rule", () => {
    board.show(sighting("a"));
    board.paint();
    assert.deepEqual(terminal.lines, [
      "03:04:05 LOW      root (alice) from 203.0.113.7: iptables -F ← bash  Firewall Disabled",
      "",
    ]);
  });

  it("counts what belongs to one incident in one line, and paints it once for many", () => {
    for (let i = 0; i < 163; i++) board.show(sighting("a"));
    board.show(sighting("b", { command: "ufw disable" }));
    board.paint();
    assert.equal(terminal.writes, 2);
    assert.match(terminal.lines[0] ?? "", /iptables -F .* ×163$/);
    assert.match(terminal.lines[1] ?? "", /ufw disable/);
  });

  it("paints a line again where it stands, also with others and notices below it", () => {
    board.show(sighting("a"));
    board.show(sighting("b"));
    board.print("wallwatch: a notice\n");
    board.show(sighting("a"));
    board.show(sighting("b"));
    board.show(sighting("b"));
    board.paint();
    assert.equal(terminal.lines.length, 4);
    assert.match(terminal.lines[0] ?? "", / ×2$/);
    assert.match(terminal.lines[1] ?? "", / ×3$/);
    assert.equal(terminal.lines[2], "wallwatch: a notice");
  });

  it("begins a new line where the old one has scrolled away, or may have been wrapped", () => {
    board.show(sighting("a"));
    for (let i = 0; i < 10; i++) board.show(sighting(`other ${i}`));
    board.paint();
    board.show(sighting("a"));
    board.paint();
    assert.equal(terminal.lines.length, 13);
    assert.match(terminal.lines[11] ?? "", / ×2$/);
    board.resized();
    board.show(sighting("a"));
    board.paint();
    assert.match(terminal.lines[12] ?? "", / ×3$/);
  });

  it("counts the rows of a notice that is wrapped", () => {
    board.show(sighting("a"));
    board.print(`${"x".repeat(250)}\n`);
    let up: string | undefined;
    terminal.write = (text) => (up = text);
    board.show(sighting("a"));
    board.paint();
    assert.ok(up?.startsWith("\u001b[4A"), "one line, and three rows of the notice");
  });

  it("fits into the terminal, whatever the arguments are", () => {
    terminal.columns = 60;
    board.show(sighting("a", { command: "漢".repeat(100) }));
    board.show(
      sighting("b", { command: "x".repeat(100), ruleName: "A very long name of a rule that does not fit either" }),
    );
    board.paint();
    for (const line of terminal.lines) {
      const width = line.length + (line.match(/[\u1100-\uffff]/g)?.length ?? 0);
      assert.ok(width < 60, `${width}: ${line}`);
    }
    assert.match(terminal.lines[0] ?? "", /…/);
  });

  it("only adds lines to a terminal that cannot be painted again", () => {
    terminal.canRepaint = false;
    board.show(sighting("a"));
    board.paint();
    board.show(sighting("a"));
    board.paint();
    assert.equal(terminal.lines.length, 3);
    assert.match(terminal.lines[1] ?? "", / ×2$/);
  });

  it("names further rules, and what could not be decided", () => {
    terminal.columns = 140;
    board.show(sighting("a", { isUndecided: true }));
    board.show(sighting("a", { ruleName: "Another" }));
    board.paint();
    assert.match(terminal.lines[0] ?? "", /Firewall Disabled \(undecided\) and 1 more ×2$/);
  });

  it("counts what the cap held back, and shows it with the alert that says what it is about", () => {
    board.show(sighting("a", { account: undefined }));
    board.paint();
    assert.deepEqual(terminal.lines, [""]);
    board.show(sighting("a"));
    board.show(sighting("a", { account: undefined }));
    board.paint();
    assert.equal(terminal.lines.length, 2);
    assert.match(terminal.lines[0] ?? "", /iptables -F.* ×3$/);
  });

  it("paints by itself after a moment", async () => {
    const painted = new Promise<string>((resolve) => (terminal.write = resolve));
    board.show(sighting("a"));
    assert.match(await painted, /iptables -F/);
  });
});
