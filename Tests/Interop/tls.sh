#!/usr/bin/env bash
# TLS by certificate files: `interlock serve` with a certificate of an authority made here, asked by curl and by `interlock`, over HTTP/1.1
# and HTTP/2; and Redis over TLS behind it. INTERLOCK names a binary built with the package trait TLS.
set -euo pipefail
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=test authority" -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout "$folder/key.pem" -out "$folder/request.pem" 2>/dev/null
openssl x509 -req -in "$folder/request.pem" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$folder/cert.pem" 2>/dev/null
"$INTERLOCK" serve --port "$port" --tls-cert "$folder/cert.pem" --tls-key "$folder/key.pem" 2>"$folder/log" &
server=$!
trap 'kill -TERM $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT
url="https://localhost:$port"
for _ in $(seq 100); do curl -sf --cacert "$folder/ca.pem" "$url/ready" >/dev/null && break; sleep 0.1; done

expect() { # expect WHAT PATTERN ANSWER
    case "$3" in *$2*) echo "tls: $1" ;; *) echo "tls: $1: got: $3" >&2; cat "$folder/log" >&2; exit 1 ;; esac
}
for version in 1.1 2; do
    expect "curl was answered over TLS and HTTP/$version" " $version 200" \
        "$(curl -s --http$version --cacert "$folder/ca.pem" -w ' %{http_version} %{http_code}' "$url/ready")"
done
expect "interlock list over HTTP/1.1" '"search_documents"' "$("$INTERLOCK" list --json --cacert "$folder/ca.pem" "$url/mcp" 2>&1)"
expect "interlock list over HTTP/2" '"search_documents"' "$("$INTERLOCK" list --json --http2 --cacert "$folder/ca.pem" "$url/mcp" 2>&1)"
for version in "" --http2; do
    expect "an authority that is not trusted is refused ${version:-by HTTP/1.1}" "not signed by a trusted authority" "$("$INTERLOCK" list --json $version "$url/mcp" 2>&1 || true)"
done
probe=$("$INTERLOCK" probe --cacert "$folder/ca.pem" "$url/mcp" 2>&1 || true)
expect "interlock probe times the handshake" "tls: ok, " "$probe"
expect "interlock probe says how long the certificate is valid" "its certificate is valid for " "$probe"
expect "interlock probe names an authority that is not trusted" "not signed by an authority that this machine trusts" "$("$INTERLOCK" probe "$url/mcp" 2>&1 || true)"
expect "plain text on the TLS port is not served" "refused" "$(curl -sf "http://localhost:$port/ready" >/dev/null && echo served || echo refused)"

for version in 1.1 2; do
    options=(--cacert "$folder/ca.pem")
    [ "$version" = 1.1 ] || options+=(--http2)
    python3 "$(dirname "$0")/diagnosis_over.py" "TLS and HTTP/$version" "$url/mcp" "${options[@]}"
done
expect "interlock bench refuses an authority that is not trusted" "not signed by a trusted authority" \
    "$("$INTERLOCK" bench -n 10 --tool count_words --arguments '{"text":"a"}' "$url/mcp" 2>&1 || true)"

# Certificates that are not to be trusted: each is told by what is wrong with it.
faulty() { # faulty WHAT NAME STARTDATE ENDDATE PATTERN: a server with such a certificate of the trusted authority, probed
    mkdir -p "$folder/$2.ca"
    : >"$folder/$2.ca/index"
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:%s\n' \
        "$folder/$2.ca" "$folder/$2.ca" "$2" >"$folder/$2.ca/config"
    openssl ca -batch -notext -config "$folder/$2.ca/config" -cert "$folder/ca.pem" -keyfile "$folder/ca.key" -in "$folder/request.pem" -out "$folder/$2.pem" \
        -startdate "$3" -enddate "$4" 2>/dev/null
    local other
    other=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$INTERLOCK" serve --port "$other" --tls-cert "$folder/$2.pem" --tls-key "$folder/key.pem" 2>>"$folder/log" &
    local process=$!
    for _ in $(seq 100); do curl -sfk "https://localhost:$other/ready" >/dev/null && break; sleep 0.1; done
    local answer
    answer=$("$INTERLOCK" probe --cacert "$folder/ca.pem" "https://localhost:$other/mcp" 2>&1 || true)
    kill -TERM "$process"
    wait "$process" || true
    expect "interlock probe names $1" "$5" "$answer"
}
faulty "a certificate that has expired" localhost 20200101000000Z 20200201000000Z "its certificate expired "
faulty "a certificate for another name" elsewhere.example 20200101000000Z 20400101000000Z "its certificate is for elsewhere.example, not for 'localhost'"
# Redis over TLS, with a certificate of the same authority: what an instance keeps is there, and a server of another authority is not believed.
if ! command -v redis-server >/dev/null; then echo "tls: SKIPPED Redis over TLS: redis-server is not installed"; exit 0; fi
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
shared=$(free)
redis-server --port 0 --tls-port "$shared" --bind 127.0.0.1 --tls-cert-file "$folder/cert.pem" --tls-key-file "$folder/key.pem" --tls-ca-cert-file "$folder/ca.pem" \
    --tls-auth-clients no --save "" --appendonly no --dir "$folder" >"$folder/redis.log" 2>&1 &
redis=$!
instance=
trap 'kill -TERM $server $redis $instance 2>/dev/null; wait $server $redis $instance 2>/dev/null || true; rm -rf "$folder"' EXIT
ask() { redis-cli -h localhost -p "$shared" --tls --cacert "$folder/ca.pem" "$@" 2>/dev/null; }
for _ in $(seq 100); do [ "$(ask ping)" = PONG ] && break; sleep 0.1; done
initialize='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"tls","version":"1"}}}'
opened() { # opened AUTHORITY: the status of an initialize at a new instance that believes this authority, and how many sessions are in Redis then
    local port
    port=$(free)
    ask flushall >/dev/null
    "$INTERLOCK" serve --port "$port" --redis "rediss://localhost:$shared/0?prefix=tls:&budget=5000&ca=$1" 2>"$folder/instance.log" &
    instance=$!
    for _ in $(seq 100); do curl -s "http://127.0.0.1:$port/ready" >/dev/null && break; sleep 0.1; done
    echo "status $(curl -s -o /dev/null -w '%{http_code}' -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' -d "$initialize" "http://127.0.0.1:$port/mcp")," \
        "$(ask --scan --pattern 'tls:session:*' | wc -l) sessions"
    kill -TERM $instance 2>/dev/null
    wait $instance 2>/dev/null || true
}
expect "a session is kept in Redis over TLS" "status 200, 1 sessions" "$(opened "$folder/ca.pem")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=another authority" -keyout "$folder/other.key" -out "$folder/other.pem" 2>/dev/null
expect "a Redis of another authority gets nothing" ", 0 sessions" "$(opened "$folder/other.pem")"
