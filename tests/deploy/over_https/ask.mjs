// Posts an OCSP request from standard input to a URL over TLS and writes the answer.

import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

const [url, folder] = process.argv.slice(2);
const credential = (name) => readFileSync(join(folder, name));
const asked = request(
  url,
  {
    method: "POST",
    headers: { "Content-Type": "application/ocsp-request" },
    cert: credential("tls.crt"),
    key: credential("tls.key"),
    ca: credential("ca.crt"),
    agent: false,
  },
  (answer) => {
    if (answer.statusCode !== 200) {
      throw new Error(`status ${answer.statusCode}`);
    }
    answer.pipe(process.stdout);
  },
);
asked.end(readFileSync(0));
