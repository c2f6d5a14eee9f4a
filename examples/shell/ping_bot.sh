#!/usr/bin/env bash
# Replies pong to !ping in a Parlance room, with curl, buf and jq: ping_bot.sh [URL] [NICKNAME]
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

# call RPC JSON: prints the response as JSON; explains a failure on standard error.
call() {
  local response
  if response=$(curl -sS --max-time 10 --fail-with-body -H 'content-type: application/json' \
    -H "authorization: Bearer $token" -d "$2" "$service/$1" 2>"$errors"); then
    printf '%s\n' "$response"
  else
    if [ -n "$response" ]; then explain <<<"$response"; else cat "$errors"; fi >&2
    return 1
  fi
}

login() {
  local request response
  request=$(jq -nc --arg nickname "$nickname" --arg id "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" \
    '{$nickname, request_id: $id}')
  response=$(call Login "$request") || return 1
  token=$(jq -r .token <<<"$response")
}

# The feed as lines of JSON. curl could not read it, since a stream is a sequence of binary envelopes.
feed() {
  buf curl --schema "$here/../../proto" -H "authorization: Bearer $token" \
    -d "$(jq -nc --arg after "$cursor" '{$after}')" "$service/Subscribe" 2>"$errors" | jq -c --unbuffered .
}

# handle ITEM: replies to !ping. The event's id is the idempotency key: an event that is delivered again has one reply.
# The sender's id pins the person: the nickname may have another holder by now.
handle() {
  local kind
  kind=$(jq -r 'if .hello then "hello" elif .event.groupMessage.text == "!ping" then "ping"
    elif .event.privateMessage.text == "!ping" then "private ping" else "" end' <<<"$1")
  case $kind in
    hello)
      jq -r --arg name "$nickname" '(if .hello.resumed then "back" else "online" end) + " as " + $name' <<<"$1"
      ;;
    ping)
      call Broadcast "$(jq -c '.event | {text: (.groupMessage.sender + ": pong"), request_id: .id}' <<<"$1")" >/dev/null
      ;;
    'private ping')
      call SendTo "$(jq -c '.event | {recipient: .privateMessage.sender, recipient_id: .privateMessage.senderId,
        text: "pong", request_id: .id}' <<<"$1")" >/dev/null
      ;;
  esac
  # Each item has one key, its kind, and carries a cursor; one that this version does not know may be empty.
  cursor=$(jq -r --arg cursor "$cursor" 'first(.[]).cursor // $cursor' <<<"$1") tries=0
}

# Logout ends the feed, too.
leave() {
  leaving=yes
  call Logout '{}' >/dev/null && echo left
}

login || exit 1
trap leave INT TERM
while [ -z "$leaving" ]; do
  # A feed that is silent for 40 s, two and a half heartbeats of 15 s, has lost its connection.
  while read -r -t 40 item || [ -n "$leaving" ]; do
    [ -n "$leaving" ] && break
    handle "$item"
  done < <(feed)
  [ -n "$leaving" ] && break
  reason=$(explain <"$errors")
  case $reason in
    NOT_LOGGED_IN:*) login || exit 1 ;;
    CURSOR_INVALID:* | REQUEST_INVALID:* | ROOM_FULL:*) echo "$reason" && exit 1 ;;
    *)
      echo "${reason:-the feed ended}"
      sleep $((tries < 4 ? 1 << tries : 15))
      tries=$((tries + 1))
      ;;
  esac
done
