/**
 * Masks secrets in what is written down of a process: its arguments, its command line and its environment. It knows the
 * usual forms of options, variables, URLs, headers and tokens; a secret in any other form it cannot tell from other text.
 */

/** Stands where a secret stood. */
export const MASK = "[redacted]";

/** Words that name a secret, at the end of the name of an option, a variable or a parameter. */
const NAMES =
  "password|passwd|passphrase|passcode|secret|token|bearer|api[-_]?key|(?:access|secret|auth|account)[-_]?key";
/** Too short to name one within another word: `compass`; and `PWD` is the working directory. */
const SHORT_NAMES = "[-_.](?:pass|pwd|pw)|\\bpass";

// No pattern may look for its beginning again within what it has passed over in vain: arguments are the attacker's, and
// the time has to stay proportional to their length. So names are matched from their end, and closing quotes are optional.
const SECRET_NAME = new RegExp(`(?:${NAMES}|${SHORT_NAMES})$`, "i");
const ASSIGNMENT = new RegExp(
  `(${NAMES}|${SHORT_NAMES})(["']?=|["']\\s{0,4}:\\s{0,4})("[^"]*"?|'[^']*'?|[^\\s"'&;|<>,]+)`,
  "gi",
);
const USER_INFO = /(https?:\/\/)[^\s/"'?#]+@|(:\/\/)[^\s/"'?#:]*:[^\s/"'?#]*@/gi;
const HEADER =
  "authorization|cookie|private-token|x-[a-z]{1,16}-(?:key|token)|x-(?:key|token)|x-[a-z]{1,16}-[a-z]{1,16}-token";
const WHOLE_HEADER = new RegExp(`^(-H)?((?:proxy-|set-)?(?:${HEADER})\\s*:\\s*)\\S.*$`, "is");
const HEADER_IN_TEXT = new RegExp(
  `\\b(${HEADER})(\\s*:\\s*)(?:(?:basic|bearer|digest|negotiate|token|apikey)\\s+)?[^\\s"']+`,
  "gi",
);
/** Tokens that say themselves what they are: of GitHub, GitLab, Slack, AWS, npm, and JSON Web Tokens. */
const TOKENS =
  /(?<![\w-])(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|npm_\w{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)/g;
/** OpenSSL's way to give a password: `-passin pass:SECRET`. */
const OPENSSL_PASS = /^pass:.+$/s;

/** How a program takes a secret by an option of one letter, which means something else with most others. */
interface ShortOption {
  readonly letter: string;
  /** Whether the secret may be the next argument; mysql's must not. */
  readonly isSeparate: boolean;
  /** What stands before the secret in the value, up to and with this character: curl's `-u user:password`. */
  readonly after?: string;
  /** Only where this word comes between: `docker login`. */
  readonly command?: string;
}

const MYSQL: readonly ShortOption[] = [{ letter: "p", isSeparate: false }];
const LDAP: readonly ShortOption[] = [{ letter: "w", isSeparate: true }];
const ACCOUNT: readonly ShortOption[] = [{ letter: "p", isSeparate: true }];
const LOGIN: readonly ShortOption[] = [{ letter: "p", isSeparate: true, command: "login" }];
const SHORT_OPTIONS: ReadonlyMap<string, readonly ShortOption[]> = new Map([
  ...["mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", "mariadb-admin"].map(
    (name) => [name, MYSQL] as const,
  ),
  ...["ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd"].map(
    (name) => [name, LDAP] as const,
  ),
  ...["sshpass", "useradd", "usermod"].map((name) => [name, ACCOUNT] as const),
  ...["docker", "podman", "skopeo", "buildah"].map((name) => [name, LOGIN] as const),
  ["redis-cli", [{ letter: "a", isSeparate: true }]],
  ["zip", [{ letter: "P", isSeparate: true }]],
  ["unzip", [{ letter: "P", isSeparate: true }]],
  [
    "curl",
    [
      { letter: "u", isSeparate: true, after: ":" },
      { letter: "U", isSeparate: true, after: ":" },
    ],
  ],
]);
/** curl's long names of the same. */
const USER_OPTIONS: ReadonlySet<string> = new Set(["--user", "--proxy-user"]);

/** The words of a shell command, quoted pieces together, what ends commands, and what is between them. */
const SHELL_WORDS = /(?:[^\s"';|&]+|"[^"]*"?|'[^']*'?)+|[;|&]+|\s+/g;
/** What ends a command within a line of a shell. */
const SEPARATOR = /^[;|&]+$/;

/** An argument list without its secrets: as many arguments as before. */
export function redactArgs(args: readonly string[]): string[] {
  return redactWords(args, (argument) =>
    WHOLE_HEADER.test(argument) ? argument.replace(WHOLE_HEADER, `$1$2${MASK}`) : redactText(argument),
  );
}

/** Text that holds commands or parts of them, such as a command line, without its secrets. */
export function redactText(text: string): string {
  const masked = redactPatterns(text);
  if (!/\s/.test(masked)) return masked;
  const pieces = masked.match(SHELL_WORDS) ?? [];
  const words = pieces.filter((piece) => piece.trim() !== "");
  const redacted = redactWords(words, (word) => word).values();
  return pieces.map((piece) => (piece.trim() === "" ? piece : (redacted.next().value ?? piece))).join("");
}

/** The value of an environment variable, or MASK where its name says that it is a secret. @param variable `NAME=value` */
export function redactVariable(variable: string): string {
  const equals = variable.indexOf("=");
  const name = variable.slice(0, equals);
  return equals > 0 && SECRET_NAME.test(name) ? `${name}=${MASK}` : redactPatterns(variable);
}

function redactPatterns(text: string): string {
  const masked = text.replace(TOKENS, MASK);
  // All others have one of these, and most arguments have none.
  if (!/[=:]/.test(masked)) return masked;
  return masked
    .replace(USER_INFO, (_, http?: string, other?: string) => `${http ?? other ?? ""}${MASK}@`)
    .replace(HEADER_IN_TEXT, `$1$2${MASK}`)
    .replace(ASSIGNMENT, `$1$2${MASK}`);
}

/** @param redactOther what becomes of a word that is not a secret as a whole */
function redactWords(words: readonly string[], redactOther: (word: string) => string): string[] {
  let options: readonly ShortOption[] = [];
  /** The next word is a secret; with a text, what is behind that text in it. */
  let next: { readonly after: string | undefined } | undefined;
  const earlier = new Set<string>();
  return words.map((word, index) => {
    earlier.add(word);
    if (next !== undefined) {
      const { after } = next;
      next = undefined;
      return maskAfter(word, after);
    }
    if (SEPARATOR.test(word)) options = [];
    options = SHORT_OPTIONS.get(word.slice(word.lastIndexOf("/") + 1)) ?? options;
    if (OPENSSL_PASS.test(word)) return `pass:${MASK}`;
    const equals = word.indexOf("=");
    if (equals > 0) {
      const name = word.slice(0, equals);
      if (/^[\w.-]+$/.test(name) && SECRET_NAME.test(name)) return `${name}=${MASK}`;
      if (options.some(({ after }) => after !== undefined) && USER_OPTIONS.has(name))
        return `${name}=${maskAfter(word.slice(equals + 1), ":")}`;
      return redactOther(word);
    }
    if (!word.startsWith("-") || word.length < 2) return redactOther(word);
    const following = words[index + 1];
    const option = options.find(({ letter }) => word.startsWith(`-${letter}`));
    if (option !== undefined && (option.command === undefined || earlier.has(option.command))) {
      // Behind `sshpass -p SECRET` the command may have a -p of its own.
      options = options.filter((other) => other !== option);
      if (word.length > 2) return `-${option.letter}${maskAfter(word.slice(2), option.after)}`;
      if (option.isSeparate) next = { after: option.after };
    } else if (options.some(({ after }) => after !== undefined) && USER_OPTIONS.has(word)) {
      next = { after: ":" };
    } else if (SECRET_NAME.test(word)) {
      if (following !== undefined && !following.startsWith("-") && !SEPARATOR.test(following))
        next = { after: undefined };
    } else {
      return redactOther(word);
    }
    return word;
  });
}

/** Masks the value, or what stands in it after a text; without that text there is no secret in it. */
function maskAfter(value: string, after: string | undefined): string {
  if (after === undefined) return MASK;
  const at = value.indexOf(after);
  return at < 0 ? value : `${value.slice(0, at + after.length)}${MASK}`;
}
