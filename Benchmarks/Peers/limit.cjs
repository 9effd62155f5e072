// p-limit under the load of `microbench limiter`: `node limit.cjs ROUNDS`, one line of JSON. Nanoseconds; the fastest of five passes.
const module_ = require("p-limit");
const pLimit = module_.default ?? module_;

const rounds = Number(process.argv[2] ?? 200);
const queued = 1000;

async function fastest(count, body) {
  let best = Infinity;
  for (let pass = 0; pass < 5; pass++) {
    const began = process.hrtime.bigint();
    await body();
    best = Math.min(best, Number(process.hrtime.bigint() - began) / count);
  }
  return best;
}

(async () => {
  const limit = pLimit(10);
  const uncontended = await fastest(rounds * 1000, async () => {
    for (let call = 0; call < rounds * 1000; call++) await limit(async () => {});
  });
  const queuedTasks = await fastest(rounds * queued, async () => {
    for (let round = 0; round < rounds; round++) {
      // The body gives the turn away once, so that the limit is reached and the rest waits in line.
      await Promise.all(Array.from({ length: queued }, () => limit(async () => { await null; })));
    }
  });
  console.log(JSON.stringify({ uncontendedNanoseconds: uncontended, queuedNanoseconds: queuedTasks }));
})();
