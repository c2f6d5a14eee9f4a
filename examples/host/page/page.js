// The page of the application: who is signed in, and the room beside it.
const byId = (id) => document.getElementById(id);
const room = byId("room");

async function showUser() {
  const response = await fetch("user");
  const isSignedIn = response.ok;
  byId("sign-in").hidden = isSignedIn;
  byId("signed-in").hidden = !isSignedIn;
  byId("user").textContent = isSignedIn ? await response.text() : "";
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch("login", {
    method: "POST",
    body: new URLSearchParams(new FormData(event.target)),
  });
  if (!response.ok) return;
  await showUser();
  // The element asks for the token of this user, by token-from.
  room.enter();
});

byId("sign-out").addEventListener("click", async () => {
  // First: afterwards the room would not know that this user has gone.
  await room.leave();
  await fetch("logout", { method: "POST" });
  await showUser();
  // Without a user there is no token: it asks to sign in.
  room.enter();
});

byId("scheme").addEventListener("click", ({ currentTarget }) => {
  const isDark = document.documentElement.dataset.scheme !== "dark";
  document.documentElement.dataset.scheme = isDark ? "dark" : "light";
  currentTarget.setAttribute("aria-pressed", String(isDark));
});

room.addEventListener("unread", ({ detail }) => {
  byId("unread").textContent = detail.count > 0 ? `(${detail.count})` : "";
});
room.addEventListener("message", () => {
  byId("problem").textContent = "";
});
room.addEventListener("error", ({ detail }) => {
  byId("problem").textContent = `${detail.reason}: ${detail.message}`;
});

await showUser();
