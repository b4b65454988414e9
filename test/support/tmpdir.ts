// Tests make sockets in folders of their own, and a socket's address has no room for long names (unix(7): 108 bytes).
import { tmpdir } from "node:os";

const LONGEST = 40;

if (Buffer.byteLength(tmpdir()) > LONGEST) process.env["TMPDIR"] = "/tmp";
