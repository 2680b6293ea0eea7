// Passkeys of the browser (WebAuthn). <form data-passkey="sign-in|request|lost"> has buttons [data-passkey-act], says what
// happens in [data-passkey-says], and is sent once the device has signed. Words are data-*. The server takes answers apart.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function say(form, words) {
  form.querySelector("[data-passkey-says]").textContent = words;
}

async function ask(form, address, fields = {}) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail ?? form.dataset.failed);
  return answer.json();
}

async function create(form) {
  const { site, city } = form.dataset;
  const random = (length) => crypto.getRandomValues(new Uint8Array(length));
  const name = `${city} · ${new Date().toLocaleDateString(document.documentElement.lang)}`;
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: site, name: city },
      user: { id: random(16), name, displayName: name },
      challenge: random(32),
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  });
  return { credential: text(made.rawId), key: text(made.response.getPublicKey()) };
}

async function sign(form, challenge, credentials, before = "") {
  const { rawId, response } = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(challenge),
      rpId: form.dataset.site,
      allowCredentials: credentials.map((credential) => ({ type: "public-key", id: bytes(credential) })),
      userVerification: "required",
    },
  });
  const fields = { credential: rawId, authenticator: response.authenticatorData, client: response.clientDataJSON, der: response.signature };
  for (const [name, value] of Object.entries(fields)) form.elements[before + name].value = text(value);
}

// A new account is open a few seconds after its passkey was made.
async function opened(form, account) {
  say(form, form.dataset.waiting);
  for (let tries = 0; tries < 60; ++tries) {
    const answer = await fetch(`${form.dataset.opened}?account=${account}`);
    if (answer.ok && (await answer.json()).open) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(form.dataset.failed);
}

const acts = {
  async "sign-in"(form, credentials = []) {
    const { message, challenge, token } = await ask(form, form.dataset.message);
    const shown = form.querySelector("[data-passkey-text]");
    shown.textContent = message;
    shown.hidden = false;
    form.elements.token.value = token;
    await sign(form, challenge, credentials);
    form.submit();
  },
  async new(form) {
    const made = await create(form);
    const { account } = await ask(form, form.dataset.new, made);
    await opened(form, account);
    say(form, form.dataset.again);
    await acts["sign-in"](form, [made.credential]);
  },
  async request(form) {
    const { document: paper, challenge, prepared } = await ask(form, form.dataset.prepare);
    const credentials = form.dataset.credentials.split(" ");
    if (paper && !form.elements["document-der"].value) {
      await sign(form, paper.challenge, credentials, "document-"); // browsers want a press of the button for each
      return say(form, form.dataset.second);
    }
    form.elements.prepared.value = prepared;
    await sign(form, challenge, credentials);
    form.submit();
  },
  async lost(form) {
    const { code } = await ask(form, form.action, await create(form));
    const shown = form.querySelector("[data-passkey-code]");
    shown.querySelector("strong").textContent = code;
    shown.hidden = false;
    say(form, "");
  },
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) say(form, form.dataset.missing);
  for (const button of form.querySelectorAll("[data-passkey-act]")) {
    button.disabled = !window.PublicKeyCredential;
    button.addEventListener("click", async () => {
      if (form.dataset.busy) return;
      form.dataset.busy = "true";
      say(form, form.dataset.open);
      try {
        await acts[button.dataset.passkeyAct](form);
      } catch (problem) {
        say(form, problem.name === "NotAllowedError" ? form.dataset.declined : problem.message);
      } finally {
        delete form.dataset.busy;
      }
    });
  }
}
