import type { HostFacts } from "./facts.js";
import type { LoginSessions } from "./logind.js";
import type { UserNames } from "./users.js";

/** What the host adds to an event: who it is itself, what its users are called, where who is logged in came from. */
export interface HostContext {
  readonly facts: HostFacts;
  readonly users: UserNames;
  readonly sessions: LoginSessions;
}
