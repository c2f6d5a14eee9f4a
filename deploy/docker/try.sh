#!/usr/bin/env bash
# Builds the image and runs it, without any image registry: a daemon of its own, and a base made of Debian's packages
# and the Node of this checkout. Needs root, dockerd and debootstrap; skipped without. About two minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "skipped: $*"; exit 0; }
[ "$(id -u)" = 0 ] || skip "not root"
for tool in docker dockerd debootstrap curl openssl; do
  command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ -x node_modules/node/bin/node ] || skip "npm ci has not been run"

place=$(mktemp -d)
export DOCKER_HOST=unix://$place/docker.sock
daemon=
finish() {
  local code=$?
  if [ $code != 0 ] && [ -e "$place/dockerd.log" ]; then tail -n 20 "$place/dockerd.log"; fi
  docker rm -f room >/dev/null 2>&1 || true
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  grep -o " $place[^ ]*" /proc/mounts | sort -r | while read -r mount; do umount -l "$mount" || true; done
  rm -rf "$place"
  exit $code
}
trap finish EXIT

step() { printf -- '-- %s s: %s\n' "$SECONDS" "$*"; }
fail() { echo "failed: $*" >&2; exit 1; }
# until_ok SECONDS COMMAND...
until_ok() {
  local left=$(($1 * 5))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ $left -gt 0 ] || fail "$*"
    sleep 0.2
  done
}

step "a daemon"
# Neither a bridge nor firewall rules: containers use the network of the host. The storage driver is the daemon's choice:
# overlay2, or vfs where that is not possible, which takes twice as long.
dockerd --data-root "$place/data" --exec-root "$place/exec" --pidfile "$place/docker.pid" --host "$DOCKER_HOST" \
  --bridge none --iptables=false --ip6tables=false >"$place/dockerd.log" 2>&1 &
daemon=$!
for ((left = 150; left > 0; left--)); do
  if docker version >/dev/null 2>&1; then break; fi
  if ! kill -0 "$daemon" 2>/dev/null; then
    tail -n 3 "$place/dockerd.log"
    skip "a daemon cannot run here"
  fi
  sleep 0.2
done

step "a base: Debian, and Node with npm"
debootstrap --variant=minbase stable "$place/base" >"$place/debootstrap.log" || { tail "$place/debootstrap.log"; exit 1; }
rm -rf "$place"/base/usr/share/{doc,locale,man} "$place"/base/var/{cache/apt,lib/apt/lists}/*
modules=$place/base/usr/local/lib/node_modules
mkdir -p "$modules" "$place/base/etc/ssl/certs"
cp node_modules/node/bin/node "$place/base/usr/local/bin/"
cp -r "$(npm root -g)/npm" "$modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$place/base/usr/local/bin/npm"
# npm in the image trusts what npm on this machine trusts.
cp /etc/ssl/certs/ca-certificates.crt "$place/base/etc/ssl/certs/"
mkdir -p "$place/base/usr/local/etc"
echo "cafile=/etc/ssl/certs/ca-certificates.crt" >"$place/base/usr/local/etc/npmrc"
tar -C "$place/base" -c . | docker import - parlance-base >/dev/null
rm -rf "$place/base"

step "docker build"
DOCKER_BUILDKIT=0 docker build --network host --build-arg BASE=parlance-base -f deploy/docker/Dockerfile -t parlance . \
  >"$place/build.log" 2>&1 || { tail -n 30 "$place/build.log"; exit 1; }
docker image inspect --format '{{.Config.User}} {{.Config.ExposedPorts}} {{.Config.Volumes}}' parlance

# The binaries of a package for one architecture, if there were any.
natives=$(docker run --rm --network host --entrypoint node parlance -e '
  const files = require("node:fs").readdirSync("/app", { recursive: true });
  console.log(files.filter((file) => /\.(node|so)$/.test(file)).join(" "))')
[ -z "$natives" ] || fail "native addons in the image: $natives"

step "docker run, read-only and without capabilities"
port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
docker run -d --name room --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
  --health-interval 1s -e "PARLANCE_LISTEN=127.0.0.1:$port" -v room:/data parlance >/dev/null
chat=http://127.0.0.1:$port/parlance.v1.ChatService
call() { curl -sf --max-time 10 -H 'content-type: application/json' -H "authorization: Bearer ${token-}" -d "$2" "$chat/$1"; }
until_ok 30 curl -sf "http://127.0.0.1:$port/healthz"
[ "$(docker exec room node -p 'process.getuid()')" != 0 ] || fail "the server runs as root"
docker exec room node -e 'require("node:fs").writeFileSync("/app/x", "")' 2>/dev/null && fail "/app is writable"
healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' room)" = healthy ]; }
until_ok 30 healthy

step "a message survives another container on the same volume"
token=$(call Login '{"nickname":"ada"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
call Broadcast '{"text":"in the volume"}' >/dev/null
docker exec room node bin/parlance-server.js backup /data/snapshot.db | grep -q "2 events" || fail "no backup"
docker stop -t 10 room >/dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' room)" = 0 ] || fail "SIGTERM did not end it with 0"
docker rm room >/dev/null
docker run -d --name room --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
  -e "PARLANCE_LISTEN=127.0.0.1:$port" -v room:/data parlance >/dev/null
until_ok 30 curl -sf "http://127.0.0.1:$port/healthz"
token=$(call Login '{"nickname":"bob"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
call ListEvents '{}' | grep -q "in the volume" || fail "the message is gone"

step "the health check over TLS, with a settings file"
docker rm -f room >/dev/null
mkdir -m 755 "$place/etc"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost \
  -keyout "$place/etc/key.pem" -out "$place/etc/cert.pem" 2>/dev/null
printf '%s\n' "listen = \"127.0.0.1:$port\"" 'tls-cert = "/etc/parlance/cert.pem"' 'tls-key = "/etc/parlance/key.pem"' \
  >"$place/etc/server.toml"
chmod 644 "$place/etc/"*
# An empty variable is none: the file says where the server listens.
docker run -d --name room --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
  --health-interval 1s -e PARLANCE_LISTEN= -e PARLANCE_CONFIG=/etc/parlance/server.toml \
  -v "$place/etc:/etc/parlance:ro" -v room:/data parlance >/dev/null
until_ok 30 healthy
curl -sfk "https://127.0.0.1:$port/healthz" >/dev/null || fail "no TLS"
step "the image works"
