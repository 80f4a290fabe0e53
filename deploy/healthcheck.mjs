// Whether the handler of this container does its work: exit status 0 or 1, and the reason where it does not.
const { QUEUE_METRICS_HOST: host, QUEUE_METRICS_PORT: port } = process.env;
// An address that stands for all of them is none to connect to.
const here = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host?.trim() ?? ''] ?? host.trim();
const url = `http://${here.includes(':') && !here.startsWith('[') ? `[${here}]` : here}:${port?.trim()}/healthz`;
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  console.log((await answer.text()).trimEnd());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
