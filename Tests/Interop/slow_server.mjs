// A server in plain Node over stdio, whose tools are slow in a known way each: for profiles. Without packages.
import { pbkdf2Sync } from "node:crypto";
import { createInterface } from "node:readline";

const structure = Object.fromEntries(Array.from({ length: 40 }, (_, number) => [number, Array.from({ length: 20 }, () => ({ name: "a", values: [1, 2, 3, 4] }))]));
const payload = JSON.stringify(structure);

function countSquares() {
  let sum = 0;
  for (let number = 0; number < 3_000_000; number++) sum += (number * number) % 7;
  return sum;
}

const tools = {
  hash: () => pbkdf2Sync("secret", "salt", 40_000, 32, "sha256"),
  copy: () => { for (let round = 0; round < 10; round++) structuredClone(structure); },
  parse: () => { for (let round = 0; round < 60; round++) JSON.parse(payload); },
  match: () => /^(a+)+$/.test("a".repeat(20) + "b"),
  count: countSquares,
};

function answer({ method, params }) {
  switch (method) {
    case "initialize": return { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "slow", version: "1" } };
    case "tools/list": return { tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: "object" }, annotations: { readOnlyHint: true } })) };
    case "tools/call": tools[params.name](); return { content: [{ type: "text", text: "done" }] };
    case "ping": return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.id === undefined) continue;
  const result = answer(request);
  const reply = result ? { result } : { error: { code: -32601, message: `there is no method ${request.method}` } };
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id: request.id, ...reply }) + "\n");
}
