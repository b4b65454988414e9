import type { ExecEvent } from "../src/process/event.js";
import { Story } from "../test/support/events.js";
import type { RefInput } from "../test/support/records.js";

const SECOND = 1_000_000_000n;

/** What a server executes on an ordinary day, the commonest several times; few of them is any rule about. */
const COMMANDS: readonly (readonly [path: string, ...args: string[]])[] = [
  ["/usr/bin/sh", "-c", "test -e /run/systemd/system && exec /usr/lib/apt/apt.systemd.daily"],
  ["/usr/bin/sed", "-n", "s/^VERSION=//p", "/etc/os-release"],
  ["/usr/bin/grep", "-q", "^processor", "/proc/cpuinfo"],
  ["/usr/bin/cat", "/sys/class/net/eth0/statistics/rx_bytes"],
  ["/usr/bin/ls", "-l", "--color=auto", "/var/log"],
  ["/usr/bin/sed", "-e", "s/ *$//", "-e", "/^#/d"],
  ["/usr/bin/basename", "/etc/cron.hourly/logrotate"],
  ["/usr/bin/dirname", "/usr/lib/x86_64-linux-gnu/libc.so.6"],
  ["/usr/bin/expr", "17", "+", "4"],
  ["/usr/bin/date", "+%Y-%m-%dT%H:%M:%S"],
  ["/usr/bin/grep", "-c", "ESTABLISHED"],
  ["/usr/bin/awk", "{ print $2 }", "/proc/meminfo"],
  ["/usr/bin/cut", "-d:", "-f1"],
  ["/usr/bin/tr", "-d", "\\n"],
  ["/usr/bin/sleep", "5"],
  ["/usr/bin/mkdir", "-p", "/var/lib/app/cache"],
  ["/usr/bin/git", "rev-parse", "--abbrev-ref", "HEAD"],
  ["/usr/bin/python3", "/opt/app/worker.py", "--queue", "default", "--once"],
  ["/usr/bin/bash", "/opt/app/bin/healthcheck.sh"],
  ["/usr/bin/curl", "-sf", "http://127.0.0.1:8080/health"],
  ["/usr/bin/systemctl", "is-active", "app.service"],
  ["/usr/sbin/iptables", "-w", "-t", "filter", "-L", "DOCKER-USER", "-n"],
  ["/usr/bin/node", "/opt/app/server.js"],
  ["/usr/bin/find", "/var/tmp", "-mtime", "+7", "-delete"],
  ["/usr/bin/xargs", "-0", "rm", "-f"],
];

/** One command in so many takes the firewall down. */
const ONE_IN = 5000;

/** Exec events that were never looked at, with parents and ancestors, as capture would give them. */
export function* execEvents(count: number): Generator<ExecEvent, void> {
  const story = new Story();
  let time = 1000n * SECOND;
  let pid = 10_000;
  const exec = (creator: RefInput, [path, ...args]: readonly [string, ...string[]]): [RefInput, ExecEvent] => {
    time += SECOND / 100n;
    const self = { pid: ++pid, start: time, execKey: BigInt(pid) };
    const times = { timestamp: time, forkTime: time };
    const more = { directory: "/root", cgroup: "/system.slice/cron.service", env: [] };
    return [self, story.exec({ ...self, ...times, ...more, creator, path, args: [path, ...args] })];
  };
  let [shell] = exec({ pid: 1, start: 1n }, ["/usr/sbin/cron", "-f"]);
  for (let index = 0; index < count; index++) {
    const own = COMMANDS[index % COMMANDS.length] ?? ["/usr/bin/true"];
    const [self, event] = exec(shell, index % ONE_IN === 0 ? ["/usr/sbin/ufw", "disable"] : own);
    if (index % 50 === 0) shell = self;
    yield event;
  }
}
