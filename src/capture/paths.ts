import { utf8 } from "./bytes.js";

/**
 * A path from its components as the kernel's dentries are walked: the last one first, each followed by "/"
 * ("ls/bin/usr/" is /usr/bin/ls); the root directory is the empty string. A path whose leading directories are missing
 * (cut) comes out relative ("bin/ls"), or undefined where nothing of it is known.
 */
export function pathOfComponents(bytes: string, cut: boolean, deleted = false): string | undefined {
  if (bytes === "") return cut ? undefined : "/";
  // A memfd lies below no mount, so its name is the only component, and it may hold slashes
  // (runc's own is "memfd:runc_cloned:/proc/self/exe").
  if (deleted && bytes.startsWith("memfd:")) return `/${utf8(bytes.slice(0, -1))}`;
  const path = bytes.slice(0, -1).split("/").reverse().join("/");
  return utf8(cut ? path : `/${path}`);
}

/** The last component of a path; undefined where it has none. */
export function basename(path: string): string | undefined {
  return path.slice(path.lastIndexOf("/") + 1) || undefined;
}

/** Paths that say by which handle a file was run, and not how it is called. */
const HANDLE = /^\/(dev\/(fd\/\d+|std(in|out|err))|proc\/[^]+\/(fd\/\d+|exe))$/;
/** The last component of each of them: any other path need not be looked at further. */
const HANDLE_NAME = /^(\d+|std(in|out|err)|exe)$/;
/** Slashes and dots that change nothing of a path's meaning. */
const NOTHING_NEW = /\/(\.?\/)+/g;

/**
 * What a program is called by the path that execve was given, which for a script is the script, and for a file run through
 * a symlink the symlink: its basename. undefined where that path is only a handle, and so says nothing.
 *
 * @param directory where a relative path begins; undefined where that is not known
 */
export function nameOfInvoked(path: string, directory: () => string | undefined): string | undefined {
  const name = basename(path);
  if (name === undefined || !HANDLE_NAME.test(name)) return name;
  const whole = path.startsWith("/") ? path : `${directory() ?? "."}/${path}`;
  return HANDLE.test(whole.replace(NOTHING_NEW, "/")) ? undefined : name;
}

/** What a program is called by its executable, where the invoked path does not tell. */
export function nameOfExecutable(path: string): string | undefined {
  return path.startsWith("/memfd:") ? path.slice(1) : basename(path);
}

/** Bytes of a comm, its terminator not among them. */
const COMM_LENGTH = 15;
/** Arguments among which the name may be: of a script, the script stands behind its interpreter and the interpreter's options. */
const CANDIDATES = 8;

/**
 * What a program is called where the path that was invoked is not known. comm is the first 15 bytes of its basename, unless
 * the program renamed itself; so it is whichever of executable, argv[0] and the script begins with it.
 *
 * @param executable undefined where that is not known either
 */
export function nameByComm(
  comm: string | undefined,
  executable: string | undefined,
  args: () => readonly string[],
): string | undefined {
  const file = executable === undefined ? undefined : nameOfExecutable(executable);
  const isMeant = (name: string | undefined): boolean => name !== undefined && firstBytes(name, COMM_LENGTH) === comm;
  if (comm === undefined || isMeant(file)) return file;
  return args().slice(0, CANDIDATES).map(basename).find(isMeant) ?? file;
}

/**
 * What a program is called where the path that was invoked is too long to be known whole: then the kernel's name, which it
 * takes from that path's last component, is the only witness of it, since argv can say anything. undefined where it cannot
 * tell either, because it is cut itself.
 *
 * @param path the beginning of it
 */
export function nameOfCutPath(path: string, comm: string | undefined): string | undefined {
  if (comm === undefined) return undefined;
  if (Buffer.byteLength(comm) < COMM_LENGTH) return comm;
  const last = basename(path);
  return last !== undefined && firstBytes(last, COMM_LENGTH) === comm ? last : undefined;
}

function firstBytes(text: string, n: number): string {
  return utf8(Buffer.from(text).toString("latin1").slice(0, n));
}
