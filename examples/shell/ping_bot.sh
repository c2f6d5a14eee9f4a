#!/usr/bin/env bash
# Answers !ping with pong in a Parlance room, with curl, buf and jq: ping_bot.sh [URL] [NICKNAME]
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
service=${1:-http://127.0.0.1:12231}/parlance.v1.ChatService
nickname=${2:-pingbot}
token='' cursor='' tries=0 leaving=''
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
PATH=$PATH:$here/../../node_modules/.bin

# Reads an error as JSON from standard input and prints its reason and its text; the code if there is no reason.
explain() {
  jq -r '((.details // [])[0].debug.reason // .code | sub("ERROR_REASON_"; "")) + ": " + .message' 2>/dev/null
}

# call RPC JSON: prints the answer as JSON; explains a failure on standard error.
call() {
  local answer
  if answer=$(curl -sS --max-time 10 --fail-with-body -H 'content-type: application/json' \
    -H "authorization: Bearer $token" -d "$2" "$service/$1" 2>"$errors"); then
    printf '%s\n' "$answer"
  else
    if [ -n "$answer" ]; then explain <<<"$answer"; else cat "$errors"; fi >&2
    return 1
  fi
}

login() {
  local request answer
  request=$(jq -nc --arg nickname "$nickname" --arg id "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" \
    '{$nickname, request_id: $id}')
  answer=$(call Login "$request") || return 1
  token=$(jq -r .token <<<"$answer")
}

# JSON over HTTP has no streams that curl can read; buf curl prints the events of one as JSON.
feed() {
  buf curl --schema "$here/../../proto" -H "authorization: Bearer $token" \
    -d "$(jq -nc --arg after "$cursor" '{$after}')" "$service/Subscribe" 2>"$errors" | jq -c --unbuffered .event
}

# hear EVENT: the event's cursor names the answer, so that hearing an event again does not answer it twice.
hear() {
  local id kind
  id=$(jq -r '.cursor // ""' <<<"$1")
  kind=$(jq -r 'if .hello then "hello" elif .message.text == "!ping" then "ping"
    elif .privateMessage.text == "!ping" then "private ping" else "" end' <<<"$1")
  case $kind in
    hello)
      jq -r --arg name "$nickname" '(if .hello.resumed then "back" else "online" end) + " as " + $name' <<<"$1"
      ;;
    ping)
      call Broadcast "$(jq -c '{text: (.message.sender + ": pong"), request_id: .cursor}' <<<"$1")" >/dev/null
      ;;
    'private ping')
      call SendTo "$(jq -c '{nickname: .privateMessage.sender, text: "pong", request_id: .cursor}' <<<"$1")" >/dev/null
      ;;
  esac
  cursor=${id:-$cursor} tries=0
}

# The feed ends by itself once nobody is logged in.
leave() {
  leaving=yes
  call Logout '{}' >/dev/null && echo left
}

login || exit 1
trap leave INT TERM
while [ -z "$leaving" ]; do
  # A feed that is silent for 40 s, two and a half heartbeats of 15 s, has lost its connection.
  while read -r -t 40 event || [ -n "$leaving" ]; do
    [ -n "$leaving" ] && break
    hear "$event"
  done < <(feed)
  [ -n "$leaving" ] && break
  reason=$(explain <"$errors")
  case $reason in
    NOT_LOGGED_IN:*) login || exit 1 ;;
    CURSOR_INVALID:* | REQUEST_INVALID:*) echo "$reason" && exit 1 ;;
    *)
      echo "${reason:-the feed broke}"
      sleep $((tries < 4 ? 1 << tries : 15))
      tries=$((tries + 1))
      ;;
  esac
done
