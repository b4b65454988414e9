import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LoginSessions } from "../../src/host/logind.js";

const SESSION = `# This is private data. Do not parse.
UID=1000
USER=alice
ACTIVE=1
STATE=active
REMOTE=1
TYPE=tty
CLASS=user
SCOPE=session-7.scope
REMOTE_HOST=203.0.113.9
SERVICE=sshd
LEADER=812
AUDIT=7
`;

describe("LoginSessions", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-sessions-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("tells from where a session was opened", () => {
    writeFileSync(join(folder, "7"), SESSION);
    assert.equal(new LoginSessions(folder).remoteHost(7), "203.0.113.9");
  });

  it("still knows once the session is over", () => {
    writeFileSync(join(folder, "7"), SESSION);
    const sessions = new LoginSessions(folder);
    sessions.remoteHost(7);
    rmSync(join(folder, "7"));
    assert.equal(sessions.remoteHost(7), "203.0.113.9");
  });

  it("has nothing of a session on this host, or of none", () => {
    writeFileSync(join(folder, "2"), "UID=0\nREMOTE=0\nAUDIT=2\n");
    const sessions = new LoginSessions(folder);
    assert.equal(sessions.remoteHost(2), undefined);
    assert.equal(sessions.remoteHost(3), undefined);
  });

  it("finds a session that begins after it was first asked for", () => {
    const sessions = new LoginSessions(folder);
    assert.equal(sessions.remoteHost(7), undefined);
    writeFileSync(join(folder, "7"), SESSION);
    assert.equal(sessions.remoteHost(7), "203.0.113.9");
  });

  it("does not take logind's own number for the audit session's", () => {
    writeFileSync(join(folder, "7"), SESSION.replace("AUDIT=7", "AUDIT=9"));
    assert.equal(new LoginSessions(folder).remoteHost(7), undefined);
  });

  it("remembers a bounded number", () => {
    const sessions = new LoginSessions(folder);
    for (let id = 1; id <= 300; id++) {
      writeFileSync(join(folder, String(id)), `REMOTE_HOST=192.0.2.1\nAUDIT=${id}\n`);
      sessions.remoteHost(id);
      rmSync(join(folder, String(id)));
    }
    assert.equal(sessions.remoteHost(1), undefined);
    assert.equal(sessions.remoteHost(300), "192.0.2.1");
  });
});
