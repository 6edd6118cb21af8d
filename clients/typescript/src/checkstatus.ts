// Asks a status service of OpenJPKI whether a certificate still holds.
//
// It prints one line of JSON: the answer on standard output, a refusal on standard error.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { getOption } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { StatusService } from "../gen/openjpki/api/ocsp/v1/ocsp_pb.js";
import { ReasonSchema, catalogue } from "../gen/openjpki/api/types/v1/reason_pb.js";
import { CertificateStatus } from "../gen/openjpki/api/types/v1/revocation_pb.js";

const text = { type: "string", default: "" } as const;
const { values: options } = parseArgs({
  options: {
    target: text,
    credentials: text,
    "trust-domain": text,
    authority: text,
    serial: text,
  },
});

const domain = options["trust-domain"];
const credential = (name: string): Buffer => readFileSync(join(options.credentials, name));

const client = createClient(
  StatusService,
  createGrpcTransport({
    baseUrl: `https://${options.target}`,
    // Shows our certificate, trusts the authorities of this mesh and no others.
    nodeOptions: {
      cert: credential("tls.crt"),
      key: credential("tls.key"),
      ca: credential("ca.crt"),
      // In the certificate of this role alone, wherever it runs. Without a domain, the name that is
      // dialled is what the certificate must have.
      ...(domain === "" ? {} : { servername: `ocsp.${domain}` }),
    },
    // Every call carries a deadline: without one the service refuses it.
    defaultTimeoutMs: 10_000,
  }),
);

// The reason comes from the status and its words from the contract.
function refusal(error: ConnectError): object {
  const told: Record<string, unknown> = { code: Code[error.code], message: error.rawMessage };
  const info = error.findDetails(ErrorInfoSchema).find((one) => one.domain === "openjpki");
  if (info === undefined) {
    return told;
  }
  told["error"] = info.reason;
  const value = ReasonSchema.values.find((one) => one.name === `REASON_${info.reason}`);
  // Undefined for the reason of a newer service: its code still says what to do.
  if (value !== undefined) {
    const entry = getOption(value, catalogue);
    told["retryable"] = entry.retryable;
    told["text_ja"] = entry.text?.ja;
    told["text_en"] = entry.text?.en;
  }
  return told;
}

try {
  const answer = await client.check({
    authorityId: options.authority,
    serial: Buffer.from(options.serial, "hex"),
  });
  console.log(
    JSON.stringify({
      status: CertificateStatus[answer.status]?.toLowerCase(),
      reason: answer.reason,
      revoked_at: Number(answer.revokedAt),
    }),
  );
} catch (error) {
  console.error(JSON.stringify(refusal(ConnectError.from(error))));
  process.exitCode = 1;
}
