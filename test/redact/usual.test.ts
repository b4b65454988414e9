import assert from "node:assert/strict";

import { redactArgs, redactText, redactVariable } from "../../src/redact/usual.js";
import { isRedacted, redactDocument } from "../../src/redact/document.js";

/** Written with spaces between the arguments, each of which has none. */
const ARGUMENTS: readonly (readonly [args: string, redacted: string])[] = [
  ["x --password=hunter2 y", "x --password=[redacted] y"],
  ["x --db-password hunter2 y", "x --db-password [redacted] y"],
  ["x -password hunter2", "x -password [redacted]"],
  ["x --token t --api-key k --apikey=k", "x --token [redacted] --api-key [redacted] --apikey=[redacted]"],
  ["aws --secret-access-key abc", "aws --secret-access-key [redacted]"],
  ["java -Ddb.password=abc -jar x", "java -Ddb.password=[redacted] -jar x"],
  ["env PGPASSWORD=abc MYSQL_PWD=abc psql", "env PGPASSWORD=[redacted] MYSQL_PWD=[redacted] psql"],
  ["curl -u bob:abc http://h", "curl -u bob:[redacted] http://h"],
  ["curl -ubob:abc --proxy-user a:b", "curl -ubob:[redacted] --proxy-user a:[redacted]"],
  ["curl -u bob http://h", "curl -u bob http://h"],
  ["mysql -uroot -phunter2 db", "mysql -uroot -p[redacted] db"],
  ["mysql -u root -p db", "mysql -u root -p db"],
  ["sudo -u x /usr/bin/mysql -phunter2", "sudo -u x /usr/bin/mysql -p[redacted]"],
  ["sshpass -p abc ssh -p 2222 h", "sshpass -p [redacted] ssh -p 2222 h"],
  ["usermod -p $6$abc bob", "usermod -p [redacted] bob"],
  ["docker login -u bob -p abc reg", "docker login -u bob -p [redacted] reg"],
  ["docker run -p 80:80 image", "docker run -p 80:80 image"],
  ["redis-cli -a abc ping", "redis-cli -a [redacted] ping"],
  ["ldapsearch -w abc -x", "ldapsearch -w [redacted] -x"],
  ["openssl rsa -passin pass:abc", "openssl rsa -passin pass:[redacted]"],
  ["git clone https://abc@github.com/x", "git clone https://[redacted]@github.com/x"],
  ["git clone https://bob:a@b@h/x", "git clone https://[redacted]@h/x"],
  ["psql postgres://bob:abc@h/db", "psql postgres://[redacted]@h/db"],
  ["git clone ssh://git@h/x git@h:x", "git clone ssh://git@h/x git@h:x"],
  ["curl https://h/?a=1&access_token=abc&b=2", "curl https://h/?a=1&access_token=[redacted]&b=2"],
  [`x ghp_${"a1".repeat(18)}`, "x [redacted]"],
  [`x --header=k:eyJhbGciOiJI.${"a".repeat(9)}.${"b".repeat(9)}`, "x --header=k:[redacted]"],
  ['curl -d {"password":"abc","x":1}', 'curl -d {"password":[redacted],"x":1}'],
];

const KEPT: readonly string[] = [
  "iptables -A INPUT -p tcp --dport 22 -j ACCEPT",
  "ufw --force disable",
  "docker login --password-stdin registry",
  "x --password --user bob",
  "x --token-file /run/token --private-key /etc/key",
  "x --compass=north PWD=/root OLDPWD=/ --max-tokens=3",
  "ps -p 1 -o pid",
  "cp /etc/secret /tmp/token",
  "kubectl get secret mine",
  "ssh -p 22 bob@host",
  "docker pull vault-token:1.2",
];

describe("redaction", () => {
  it("masks secrets in arguments, and leaves as many of them", () => {
    for (const [args, redacted] of ARGUMENTS) assert.equal(redactArgs(args.split(" ")).join(" "), redacted);
  });

  it("masks them in the text of a command, too", () => {
    for (const [args, redacted] of ARGUMENTS) {
      assert.equal(redactText(`true && ${args}`), `true && ${redacted}`);
      if (!args.includes('"')) assert.deepEqual(redactArgs(["sh", "-c", args]), ["sh", "-c", redacted]);
    }
  });

  it("leaves alone what is no secret", () => {
    for (const args of KEPT) {
      assert.equal(redactArgs(args.split(" ")).join(" "), args);
      assert.equal(redactText(args), args);
    }
  });

  it("masks an argument with spaces whole", () => {
    assert.deepEqual(redactArgs(["x", "--password=a b", "--token", "c d"]), [
      "x",
      "--password=[redacted]",
      "--token",
      "[redacted]",
    ]);
    assert.deepEqual(redactArgs(["-H", "Authorization: Basic YTpi"]), ["-H", "Authorization: [redacted]"]);
    assert.deepEqual(redactArgs(["-HX-Api-Key: a b", "Cookie: a=b; c=d"]), [
      "-HX-Api-Key: [redacted]",
      "Cookie: [redacted]",
    ]);
  });

  it("knows quotes and ends of commands in text", () => {
    const cases = [
      [`x --password='a b' "c d"`, `x --password=[redacted] "c d"`],
      ['x --token "a b" c', "x --token [redacted] c"],
      ["curl -H 'Authorization: Bearer abc' h", "curl -H 'Authorization: [redacted]' h"],
      ["mysql -pabc; ls -pabc", "mysql -p[redacted]; ls -pabc"],
      ["x --password && ls", "x --password && ls"],
      ["a\t--password  b\n", "a\t--password  [redacted]\n"],
    ];
    for (const [text = "", redacted] of cases) assert.equal(redactText(text), redacted);
  });

  it("masks a variable by its name, or what is in its value", () => {
    assert.equal(redactVariable("GITHUB_TOKEN=a b"), "GITHUB_TOKEN=[redacted]");
    assert.equal(redactVariable("HTTPS_PROXY=http://a:b@h"), "HTTPS_PROXY=http://[redacted]@h");
    assert.equal(redactVariable("LD_PRELOAD=/tmp/x.so"), "LD_PRELOAD=/tmp/x.so");
    assert.equal(redactVariable("PWD=/root"), "PWD=/root");
  });

  it("takes time in proportion to the length, whatever the text", function () {
    this.timeout(60_000);
    const seeds = [
      "password=",
      "a.",
      "eyJ",
      "eyJa.",
      "://",
      "x-a-",
      "cookie: ",
      '"a',
      "'",
      "://a:",
      "ghp_",
      "-p ",
      '="',
    ];
    const time = (text: string): number => {
      const start = process.cpuUsage().user;
      redactArgs(["docker", text, ...text.split(" ")]);
      redactText(`docker ${text}`);
      return process.cpuUsage().user - start;
    };
    for (const seed of seeds) {
      const short = time(seed.repeat(20_000 / seed.length));
      const long = time(seed.repeat(320_000 / seed.length));
      // 16 times the length; its square would be 256 times the time. The first µs are the optimizer's.
      assert.ok(long < 100 * Math.max(short, 10_000), `${seed}: ${short} µs, then ${long} µs`);
    }
  });
});

describe("redaction of a document", () => {
  const args = ["mysql", "--password=a b", "db"];
  const line = args.join(" ");
  const document = {
    message: `root ran \`${line}\` on bastion.`,
    process: {
      name: "mysql",
      args,
      args_count: 3,
      command_line: line,
      env_vars: ["API_TOKEN=x", "LD_PRELOAD=/x"],
      parent: { args: ["sh", "-c", "mysql -px"], command_line: "sh -c mysql -px" },
      entry_leader: { args: ["sshd"], command_line: "sshd" },
    },
    wallwatch: {
      ancestors: [{ command_line: line }, { pid: 1, command_line: "x --token y" }],
      capture: { lane: "proc" },
    },
  };

  it("masks them wherever a process stands, and says where", () => {
    const copy = structuredClone(document);
    const redacted = redactDocument(document);
    const masked = "mysql --password=[redacted] db";
    assert.deepEqual(redacted, {
      message: `root ran \`${masked}\` on bastion.`,
      process: {
        name: "mysql",
        args: ["mysql", "--password=[redacted]", "db"],
        args_count: 3,
        command_line: masked,
        env_vars: ["API_TOKEN=[redacted]", "LD_PRELOAD=/x"],
        parent: { args: ["sh", "-c", "mysql -p[redacted]"], command_line: "sh -c mysql -p[redacted]" },
        entry_leader: { args: ["sshd"], command_line: "sshd" },
      },
      wallwatch: {
        ancestors: [{ command_line: masked }, { pid: 1, command_line: "x --token [redacted]" }],
        capture: { lane: "proc" },
        redacted: [
          "message",
          "process.args",
          "process.command_line",
          "process.env_vars",
          "process.parent.args",
          "process.parent.command_line",
          "wallwatch.ancestors.command_line",
        ],
      },
    });
    assert.ok(isRedacted(redacted));
    assert.deepEqual(document, copy, "the document itself stays as it was");
  });

  it("leaves a document without secrets as it is", () => {
    const plain = { process: { args: ["ufw", "disable"], command_line: "ufw disable" } };
    assert.equal(redactDocument(plain), plain);
    assert.ok(!isRedacted(plain));
  });
});
