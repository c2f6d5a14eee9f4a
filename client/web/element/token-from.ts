/** Asks the application that embeds the room for a token of its user. null: no user is signed in there. */
export async function tokenFrom(address: string): Promise<string | null> {
  const response = await fetch(new URL(address, document.baseURI), {
    method: "POST",
    credentials: "same-origin",
    cache: "no-store",
  });
  if (response.status === 401 || response.status === 403) return null;
  if (!response.ok) throw new Error(`${address} responds with ${response.status}`);
  return (await response.text()).trim();
}
