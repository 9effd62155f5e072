# make serve   builds a release and serves the reference server on http://127.0.0.1:8080/mcp
# make test    builds and runs every deterministic test
# make prove   measures time and runs long; writes docs/proofs.md
# make bench   measures speed beside a bare SwiftNIO server; writes docs/performance.md

ARGS ?=

.PHONY: serve test check prove bench perf-gate fuzz clean

serve:
	@dev/setup build
	swift build -c release --product interlock
	.build/release/interlock serve $(ARGS)

test:
	@dev/setup test
	dev/test

check:
	dev/check-format
	dev/check-features
	dev/check-imports
	dev/check-examples

prove:
	@dev/setup test
	dev/prove

bench:
	dev/bench

perf-gate:
	dev/perf-gate

fuzz:
	dev/fuzz

clean:
	rm -rf .build .build-*
