#!/usr/bin/env bash
# curl, h2load and the commands that examine a server, by HTTP/2 with prior knowledge, against `interlock serve`. INTERLOCK names the binary.
set -euo pipefail
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$INTERLOCK" serve --port "$port" 2>/dev/null &
server=$!
trap 'kill -TERM $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 100); do curl -sf "http://127.0.0.1:$port/ready" >/dev/null && break; sleep 0.1; done
meta='"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'
body=$(mktemp); printf '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{%s}}' "$meta" >"$body"
headers=(-H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/list')
answer=$(curl -s --http2-prior-knowledge -w ' %{http_version} %{http_code}' "${headers[@]}" --data-binary @"$body" "http://127.0.0.1:$port/mcp")
case "$answer" in *'"search_documents"'*' 2 200') echo "http2: curl was answered over HTTP/2" ;; *) echo "http2: curl got: $answer" >&2; exit 1 ;; esac
if command -v h2load >/dev/null; then
    report=$(h2load -n 4000 -c 2 -m 500 "${headers[@]}" -d "$body" "http://127.0.0.1:$port/mcp")
    grep -q '4000 succeeded, 0 failed' <<<"$report" && grep -q '4000 2xx' <<<"$report" || { echo "http2: h2load says: $report" >&2; exit 1; }
    echo "http2: h2load: 4000 calls over two connections with 500 streams each, all answered"
else
    echo "http2: SKIPPED h2load: it is not installed"
fi
listed=$("$INTERLOCK" list --http2 --json "http://127.0.0.1:$port/mcp")
case "$listed" in *'"search_documents"'*) echo "http2: interlock list was answered over HTTP/2" ;; *) echo "http2: interlock list --http2 says: $listed" >&2; exit 1 ;; esac
python3 "$(dirname "$0")/diagnosis_over.py" HTTP/2 "http://127.0.0.1:$port/mcp" --http2
