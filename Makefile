# make serve   builds a release and serves the reference server on http://127.0.0.1:8080/mcp
# make test    builds and runs every deterministic test
# make prove   measures time and runs long; writes docs/proofs.md
# make bench   measures speed beside a bare SwiftNIO server; writes docs/performance.md
# make bench-peers   the same load on servers built with other projects, beside ours
# make cluster the reference server three times behind nginx, with Redis, as one
# make stress  the toolkit under ThreadSanitizer, and ten million permits

ARGS ?=

.PHONY: serve test check prove bench bench-peers perf-gate fuzz cluster stress clean

serve:
	@dev/setup build
	swift build -c release --product interlock
	.build/release/interlock serve $(ARGS)

test:
	@dev/setup test
	dev/skips dev/test

check:
	dev/check-format
	dev/check-features
	dev/check-imports
	dev/check-examples
	dev/skips dev/check-tls
	dev/skips dev/check-deploy

prove:
	@dev/setup prove
	dev/skips dev/prove $(ARGS)

bench:
	dev/bench

bench-peers:
	@dev/setup bench
	dev/bench-peers

perf-gate:
	dev/perf-gate

cluster:
	@dev/setup test
	dev/cluster

stress:
	dev/stress

fuzz:
	dev/fuzz

clean:
	rm -rf .build .build-*
