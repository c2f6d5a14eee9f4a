/**
 * Each step of the store that must be atomic, as a script that the engine runs. They are sent as text, not registered as
 * functions: servers of two versions may run side by side. All keys are declared and share one slot:
 *
 *     g        hash     instance, epoch, seq (the newest), first (the oldest kept), notices (among the kept), at (of the
 *                       newest), tok (newest token or version), format
 *     log      stream   ids SEQ-0, so that a missing entry is noticed; fields d (data), t (time), n (1: a notice)
 *     epochs   hash     older epoch: its last seq; `order`, a sorted set, has the newest 1,000 of them
 *     names    hash     name: claim as JSON, with h(older), v(alue), k (skeleton), l(ease), t(oken), i (visit), a(nnounced)
 *     looks    hash     skeleton: name
 *     leases   zset     lease: ms since 1970 at which it ends
 *     held     zset     LEASE NUL NAME for each claim; `lost` the same for claims that another lease has taken over
 *     key:K    string   EPOCH SEQ AT UNTIL TAG
 *     kv:K     hash     n (version), v(alue), u(ntil)
 *
 * What ends is compared with the time stored; that the engine expires it, too, only frees memory.
 */
import { createHash } from "node:crypto";

/**
 * The newest stored format that this version knows. A kind of record or a key that older versions do not know needs a new
 * one, which is used only once the room has it: an existing room keeps its format until an operator raises it.
 */
export const FORMAT = 1;
/** How many old epochs are remembered (promise L7). */
const KEPT_EPOCHS = 1_000;
/** Entries that one append or one sweep drops at most. */
const TRIMS = 2_000;

const SHARED_KEYS = ["g", "log", "epochs", "order", "names", "looks", "leases", "held", "lost"] as const;
type SharedKey = (typeof SHARED_KEYS)[number];

export interface Script {
  readonly text: string;
  /** SHA-1, by which the engine knows it. */
  readonly sha: string;
  readonly keys: readonly SharedKey[];
}

/** ARGV[1] is the time in tests, else empty. A key beside the shared ones is OWN. */
const PRELUDE = `
local function now()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function text(n) return string.format('%.0f', n) end
`;
const OPEN = `
local EPOCH = redis.call('HGET', g, 'epoch')
if not EPOCH then return redis.error_reply('NOTOPEN the room is not open on this server') end
`;
const LEASES = `
local function lives(lease, at)
  local ends = redis.call('ZSCORE', leases, lease)
  return ends ~= false and tonumber(ends) > at
end
`;

/** `leases`: it takes next to no memory, and runs when there is none left: otherwise every lease would end. */
function script(keys: readonly SharedKey[], body: string, { opens = false, leases = false } = {}): Script {
  const names = [
    leases ? "#!lua flags=allow-oom" : "",
    ...keys.map((key, i) => `local ${key} = KEYS[${i + 1}]`),
    `local OWN = KEYS[${keys.length + 1}]`,
  ];
  const text = [...names, PRELUDE, opens ? "" : OPEN, keys.includes("leases") ? LEASES : "", body].join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex"), keys };
}

/** Drops the oldest entries as long as `excess` says so. */
const TRIM = `
local state = redis.call('HMGET', g, 'seq', 'first', 'notices')
local last, first, notices = tonumber(state[1]), tonumber(state[2]), tonumber(state[3])
local function trim(excess)
  local from, size, left = first, 1, ${TRIMS}
  while left > 0 and excess(nil) do
    local batch = redis.call('XRANGE', log, text(first) .. '-0', '+', 'COUNT', size)
    if #batch == 0 then first = last + 1 break end
    for _, entry in ipairs(batch) do
      if left == 0 or not excess(entry) then left = 0 break end
      left = left - 1
      first = tonumber(string.match(entry[1], '^%d+')) + 1
      if entry[2][5] == 'n' then notices = notices - 1 end
    end
    size = 64
  end
  if first == from then return 0 end
  redis.call('XTRIM', log, 'MINID', text(first) .. '-0')
  redis.call('HSET', g, 'first', text(first), 'notices', text(notices))
  return first - from
end
`;

export const scripts = {
  /**
   * ARGV: time, instance, new epoch, newest format that the caller knows, format to raise the room to or 0. Returns
   * [format, format before]; a format that the caller does not know changes nothing.
   */
  reopen: script(
    ["g", "epochs", "order"],
    `
local known = redis.call('HMGET', g, 'instance', 'epoch', 'seq', 'tok', 'format')
local knows, wanted = tonumber(ARGV[4]), tonumber(ARGV[5])
local before = tonumber(known[5] or knows)
if before > knows then return { before, before } end
local format = math.max(before, wanted)
if known[2] and format > before then redis.call('HSET', g, 'format', text(format)) end
if known[2] and known[1] == ARGV[2] then return { format, before } end
local tok = math.max(tonumber(known[4] or '0') + 1000000, now())
if known[2] then
  redis.call('HSET', epochs, known[2], known[3])
  redis.call('ZADD', order, text(tok), known[2])
  local extra = redis.call('ZCARD', order) - ${KEPT_EPOCHS}
  if extra > 0 then
    for _, old in ipairs(redis.call('ZRANGE', order, 0, extra - 1)) do redis.call('HDEL', epochs, old) end
    redis.call('ZREMRANGEBYRANK', order, 0, extra - 1)
  end
else
  redis.call('HSET', g, 'seq', '0', 'first', '1', 'notices', '0', 'at', '0', 'format', text(format))
end
redis.call('HSET', g, 'instance', ARGV[2], 'epoch', ARGV[3], 'tok', text(tok))
return { format, before }
`,
    { opens: true },
  ),

  /**
   * OWN: the key, if ARGV[3] is its lifetime. ARGV: time, data, ms or '', '1' to let the engine expire the key, tag, fence's name, token, then,
   * '1' for a notice, most that count, most in all, channel. Returns ['OK', epoch, seq, at, token], ['KNOWN', epoch, seq,
   * at, tag] or ['FENCED', why].
   */
  append: script(
    ["g", "log", "names", "looks", "leases", "held"],
    `
local at = now()
local data, ttl, px, tag = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if ttl ~= '' then
  local known = redis.call('GET', OWN)
  if known then
    local epoch, seq, time, till, first = string.match(known, '^(%S+) (%d+) (%d+) (%d+) (.*)$')
    if tonumber(till) > at then
      -- A write, so that there is something for WAIT to wait for.
      if px ~= '' then redis.call('PEXPIREAT', OWN, till) else redis.call('SET', OWN, known) end
      return { 'KNOWN', epoch, seq, time, first }
    end
  end
end
local name, token, step, renewed = ARGV[6], ARGV[7], ARGV[8], ''
if name ~= '' then
  local raw = redis.call('HGET', names, name)
  local claim = raw and cjson.decode(raw)
  if not claim or claim.t ~= token then return { 'FENCED', 'the name has passed to another token' } end
  if step ~= 'release' and not lives(claim.l, at) then return { 'FENCED', 'the lease has ended' } end
  if step == 'announce' and claim.a then return { 'FENCED', 'the claim is announced already' } end
  if step == 'release' then
    redis.call('HDEL', names, name)
    if claim.k then redis.call('HDEL', looks, claim.k) end
    redis.call('ZREM', held, claim.l .. '\\0' .. name)
  elseif step == 'announce' then
    claim.a = true
    redis.call('HSET', names, name, cjson.encode(claim))
  elseif step == 'renew' then
    renewed = text(redis.call('HINCRBY', g, 'tok', 1))
    claim.t = renewed
    redis.call('HSET', names, name, cjson.encode(claim))
  end
end
local seq = text(redis.call('HINCRBY', g, 'seq', 1))
local time = text(math.max(at, tonumber(redis.call('HGET', g, 'at'))))
redis.call('HSET', g, 'at', time)
if ARGV[9] == '1' then
  redis.call('HINCRBY', g, 'notices', 1)
  redis.call('XADD', log, seq .. '-0', 'd', data, 't', time, 'n', '1')
else
  redis.call('XADD', log, seq .. '-0', 'd', data, 't', time)
end
${TRIM}
local counted, all = tonumber(ARGV[10]), tonumber(ARGV[11])
trim(function() return last - first + 1 - notices > counted or last - first + 1 > all end)
if ttl ~= '' then
  local till = text(at + tonumber(ttl))
  redis.call('SET', OWN, EPOCH .. ' ' .. seq .. ' ' .. time .. ' ' .. till .. ' ' .. tag)
  if px ~= '' then redis.call('PEXPIREAT', OWN, till) end
end
redis.call('PUBLISH', ARGV[12], EPOCH .. ' ' .. seq .. ' ' .. time .. ' ' .. data)
return { 'OK', EPOCH, seq, time, renewed }
`,
  ),

  /** ARGV: time, horizon (ms since 1970), most that count, most in all. Returns how many events were dropped. */
  sweep: script(
    ["g", "log"],
    `${TRIM}
local horizon, counted, all = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
return trim(function(entry)
  if last < first then return false end
  if last - first + 1 - notices > counted or last - first + 1 > all then return true end
  return not entry or tonumber(entry[2][4]) < horizon
end)
`,
  ),

  /** ARGV: time, epoch or '', seq, limit. Returns [epoch, first, last, end of that epoch or '', seq, time, data, ...]. */
  read: script(
    ["g", "log", "epochs"],
    `
local state = redis.call('HMGET', g, 'first', 'seq')
local first, last = tonumber(state[1]), tonumber(state[2])
local after, finish = first - 1, ''
if ARGV[2] ~= '' then
  after = tonumber(ARGV[3])
  finish = ARGV[2] == EPOCH and state[2] or redis.call('HGET', epochs, ARGV[2]) or ''
end
local found = { EPOCH, state[1], state[2], finish }
local limit = tonumber(ARGV[4])
if limit > 0 and after >= first - 1 and (ARGV[2] == '' or (finish ~= '' and after <= tonumber(finish))) then
  for _, entry in ipairs(redis.call('XRANGE', log, text(after + 1) .. '-0', '+', 'COUNT', limit)) do
    found[#found + 1] = string.match(entry[1], '^%d+')
    found[#found + 1] = entry[2][4]
    found[#found + 1] = entry[2][2]
  end
end
return found
`,
  ),

  head: script(["g"], `return { EPOCH, unpack(redis.call('HMGET', g, 'first', 'seq')) }`),

  /** ARGV: time, lease, ms. */
  lease: script(["g", "leases"], `redis.call('ZADD', leases, text(now() + tonumber(ARGV[3])), ARGV[2])`, {
    leases: true,
  }),
  /** ARGV: time, lease, ms. Returns whether it lived. */
  renew: script(
    ["g", "leases"],
    `
local at = now()
if not lives(ARGV[2], at) then return 0 end
redis.call('ZADD', leases, text(at + tonumber(ARGV[3])), ARGV[2])
return 1
`,
    { leases: true },
  ),
  /** ARGV: time, leases. They stay known until nothing is held on them. */
  endLeases: script(
    ["g", "leases", "lost"],
    `
for i = 2, #ARGV do
  redis.call('ZADD', leases, 'XX', '0', ARGV[i])
  redis.call('ZREMRANGEBYLEX', lost, '[' .. ARGV[i] .. '\\0', '(' .. ARGV[i] .. '\\1')
end
`,
    { leases: true },
  ),

  /**
   * ARGV: time, lease, name, holder, value, skeleton or '', '1' to take over only. Returns ['OK', claim], ['HELD', claim,
   * whether it
   * lives, its name], ['FENCED', why] or ['GONE'].
   */
  claim: script(
    ["g", "names", "looks", "leases", "held", "lost"],
    `
local at = now()
local lease, name, holder, value, skeleton = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if not lives(lease, at) then return { 'FENCED', 'the lease has ended' } end
local raw = redis.call('HGET', names, name)
local before = raw and cjson.decode(raw)
local function stands(against, its)
  return { 'HELD', against, lives(cjson.decode(against).l, at) and 1 or 0, its }
end
if before and before.h ~= holder then return stands(raw, name) end
if skeleton ~= '' then
  local alike = redis.call('HGET', looks, skeleton)
  local other = alike and alike ~= name and redis.call('HGET', names, alike)
  if other then return stands(other, alike) end
end
if not before and ARGV[7] == '1' then return { 'GONE' } end
local token = text(redis.call('HINCRBY', g, 'tok', 1))
local claim = { h = holder, v = value, l = lease, t = token, i = token, a = false }
if skeleton ~= '' then claim.k = skeleton end
if before then
  claim.i, claim.a, claim.k = before.i, before.a, claim.k or before.k
  if before.k and before.k ~= claim.k then redis.call('HDEL', looks, before.k) end
  if before.l ~= lease then
    redis.call('ZREM', held, before.l .. '\\0' .. name)
    if lives(before.l, at) then redis.call('ZADD', lost, 0, before.l .. '\\0' .. name) end
  end
end
if claim.k then redis.call('HSET', looks, claim.k, name) end
redis.call('ZADD', held, 0, lease .. '\\0' .. name)
redis.call('ZREM', lost, lease .. '\\0' .. name)
local written = cjson.encode(claim)
redis.call('HSET', names, name, written)
return { 'OK', written }
`,
  ),

  /** ARGV: time, name, token. Returns whether the token held the name, and the claim was not announced. */
  release: script(
    ["g", "names", "looks", "held"],
    `
local raw = redis.call('HGET', names, ARGV[2])
local claim = raw and cjson.decode(raw)
if not claim or claim.t ~= ARGV[3] or claim.a then return 0 end
redis.call('HDEL', names, ARGV[2])
if claim.k then redis.call('HDEL', looks, claim.k) end
redis.call('ZREM', held, claim.l .. '\\0' .. ARGV[2])
return 1
`,
  ),

  /** ARGV: time, name. Returns [claim, whether it lives] or []. */
  find: script(
    ["g", "names", "leases"],
    `
local raw = redis.call('HGET', names, ARGV[2])
if not raw then return {} end
return { raw, lives(cjson.decode(raw).l, now()) and 1 or 0 }
`,
  ),

  /** Returns [name, claim, whether it lives, ...]. */
  claims: script(
    ["g", "names", "leases"],
    `
local at, found, alive = now(), {}, {}
local all = redis.call('HGETALL', names)
for i = 1, #all, 2 do
  local lease = cjson.decode(all[i + 1]).l
  if alive[lease] == nil then alive[lease] = lives(lease, at) and 1 or 0 end
  found[#found + 1] = all[i]
  found[#found + 1] = all[i + 1]
  found[#found + 1] = alive[lease]
end
return found
`,
  ),

  /** ARGV: time, lease, ms. Returns [whether it lived, lost names, [name, dead claim, ...]]. */
  inspect: script(
    ["g", "names", "leases", "held", "lost"],
    `
local at, lease = now(), ARGV[2]
local function of(set, one)
  local found = redis.call('ZRANGE', set, '[' .. one .. '\\0', '(' .. one .. '\\1', 'BYLEX')
  for i, both in ipairs(found) do found[i] = string.sub(both, #one + 2) end
  return found
end
local renewed = lives(lease, at) and 1 or 0
if renewed == 1 then redis.call('ZADD', leases, text(at + tonumber(ARGV[3])), lease) end
local gone = of(lost, lease)
for _, name in ipairs(gone) do redis.call('ZREM', lost, lease .. '\\0' .. name) end
local dead = {}
for _, ended in ipairs(redis.call('ZRANGE', leases, '-inf', text(at), 'BYSCORE')) do
  local claims = of(held, ended)
  if #claims == 0 then
    redis.call('ZREM', leases, ended)
    for _, name in ipairs(of(lost, ended)) do redis.call('ZREM', lost, ended .. '\\0' .. name) end
  end
  for _, name in ipairs(claims) do
    local raw = redis.call('HGET', names, name)
    if raw then
      dead[#dead + 1] = name
      dead[#dead + 1] = raw
    end
  end
end
return { renewed, gone, dead }
`,
    { leases: true },
  ),

  /** OWN: the value. ARGV: time. Returns [version, value] or []. */
  get: script(
    ["g"],
    `
local found = redis.call('HMGET', OWN, 'n', 'v', 'u')
if not found[1] or (found[3] ~= '' and tonumber(found[3]) <= now()) then return {} end
return { found[1], found[2] }
`,
  ),

  /** OWN: the value. ARGV: time, value, ms or '', '1' to let the engine expire it, version wanted or ''. Returns the version or ''. */
  put: script(
    ["g"],
    `
local at = now()
if ARGV[5] ~= '' then
  local found = redis.call('HMGET', OWN, 'n', 'u')
  local lives = found[1] and (found[2] == '' or tonumber(found[2]) > at)
  if (lives and found[1] or '0') ~= ARGV[5] then return '' end
end
local version = text(redis.call('HINCRBY', g, 'tok', 1))
local till = ARGV[3] ~= '' and text(at + tonumber(ARGV[3])) or ''
redis.call('HSET', OWN, 'n', version, 'v', ARGV[2], 'u', till)
if till ~= '' and ARGV[4] ~= '' then redis.call('PEXPIREAT', OWN, till) else redis.call('PERSIST', OWN) end
return version
`,
  ),
} as const;
