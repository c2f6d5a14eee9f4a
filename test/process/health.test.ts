import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hasOpenssl, makeCertificate } from "../support/certificates.js";
import { runServer, startServer } from "../support/process.js";

/** The arguments that the image's HEALTHCHECK gives to parlance-server. */
function healthcheck(): string[] {
  const file = readFileSync(join(import.meta.dirname, "../../deploy/docker/Dockerfile"), "utf8");
  const command: string[] = JSON.parse(/^HEALTHCHECK [^[]*(\[.*\])$/m.exec(file)![1]!);
  expect(command.slice(0, 2)).toEqual(["node", "/app/bin/parlance-server.js"]);
  return command.slice(2);
}

const withTls = () => {
  const { cert, key } = makeCertificate();
  return { PARLANCE_TLS_CERT: cert, PARLANCE_TLS_KEY: key };
};

test.each([
  ["in cleartext", () => ({}), true],
  ["with TLS on its port", withTls, hasOpenssl],
])("the image's health check and `status` find a server %s", async (_, variables, possible) => {
  if (!possible) return;
  const env = variables();
  const server = await startServer(["--metrics", "127.0.0.1:0"], env);
  onTestFinished(() => void server.stop("SIGKILL"));
  // As in the image, where the address is that of all interfaces.
  const listen = { PARLANCE_LISTEN: `0.0.0.0:${new URL(server.url).port}` };
  expect(await runServer(healthcheck(), { ...env, ...listen })).toEqual({
    code: 0,
    stdout: "alive and ready\n",
    stderr: "",
  });
  const metrics = /"metrics":"([^"]+)"/.exec(server.output.stderr)![1]!;
  const status = await runServer(["status", "--metrics", metrics], env);
  expect(status).toMatchObject({ code: 0, stderr: "" });
  expect(status.stdout).toMatch(/^ready +yes$/m);
  await server.stop();
  const gone = await runServer(healthcheck(), { ...env, ...listen });
  expect(gone.code).toBe(1);
  expect(gone.stderr).toMatch(
    /^parlance-server: no healthy server at https?:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED.*\n$/,
  );
});
