/** Days since 1970: what CI tries is new every day, and the same all day. */
export function seedOfToday(): number {
  return Math.floor(Date.now() / 86_400_000);
}
