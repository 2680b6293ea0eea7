// Wallets of the browser (EIP-6963) through viem. <form data-wallet="sign-in|request"> shows its wallets in
// [data-wallets], says what happens in [data-wallet-says], and is sent once the wallet has signed. Words are data-*.
import { createWalletClient, custom, getAddress, isAddressEqual } from "viem";

const wallets = new Map();
window.addEventListener("eip6963:announceProvider", ({ detail }) => {
  if (wallets.has(detail.info.uuid)) return;
  wallets.set(detail.info.uuid, detail);
  for (const form of document.querySelectorAll("form[data-wallet]")) offer(form, detail);
});

function offer(form, { info, provider }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  if (/^data:image\//.test(info.icon)) {
    const image = document.createElement("img");
    image.src = info.icon;
    image.alt = "";
    image.width = image.height = 20;
    button.append(image);
  }
  button.append(form.dataset.with.replace("{name}", info.name));
  button.addEventListener("click", () => act(form, provider));
  form.querySelector("[data-wallets]").append(button);
  say(form, "");
}

function say(form, words) {
  form.querySelector("[data-wallet-says]").textContent = words;
}

async function post(form, address, fields) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail ?? form.dataset.failed);
  return answer.json();
}

async function signIn(form, client) {
  const [account] = await client.requestAddresses();
  const { message, token } = await post(form, form.dataset.prepare, { account });
  const signature = await client.signMessage({ account, message });
  return { token, signature };
}

async function signRequest(form, client) {
  const signer = getAddress(form.dataset.signer);
  const accounts = await client.requestAddresses();
  const account = accounts.find((one) => isAddressEqual(one, signer));
  if (!account) throw new Error(form.dataset.other);
  await useChain(form, client);
  const { document: paper, typed_data: typedData, prepared } = await post(form, form.dataset.prepare, {});
  const signed = { prepared };
  if (paper) {
    say(form, form.dataset.first);
    signed["document-signature"] = await sign(client, account, paper.typed_data);
    say(form, form.dataset.second);
  }
  return { ...signed, signature: await sign(client, account, typedData) };
}

// What was signed is not asked for again on this page when the one after it was declined.
const kept = new Map();

async function sign(client, account, typedData) {
  const params = [account, JSON.stringify(typedData)];
  const text = params.join();
  if (!kept.has(text)) kept.set(text, await client.request({ method: "eth_signTypedData_v4", params }));
  return kept.get(text);
}

// Wallets sign typed data only for the chain that they are on.
async function useChain(form, client) {
  const id = Number(form.dataset.chain);
  if ((await client.getChainId()) === id) return;
  const chain = {
    id,
    name: form.dataset.city,
    nativeCurrency: { name: "gas", symbol: "GAS", decimals: 18 },
    rpcUrls: { default: { http: [form.dataset.rpc] } },
  };
  await client.switchChain({ id }).catch(async (problem) => {
    if (declined(problem)) throw problem;
    await client.addChain({ chain });
  });
}

const declined = (problem) => (problem.walk?.((cause) => cause.code === 4001) ?? problem).code === 4001;

async function act(form, provider) {
  if (form.dataset.busy) return;
  form.dataset.busy = "true";
  say(form, form.dataset.open);
  try {
    const client = createWalletClient({ transport: custom(provider) });
    const signed = await (form.dataset.wallet === "sign-in" ? signIn(form, client) : signRequest(form, client));
    for (const [name, value] of Object.entries(signed)) form.elements[name].value = value;
    form.submit();
  } catch (problem) {
    delete form.dataset.busy;
    say(form, declined(problem) ? form.dataset.declined : problem.shortMessage ?? problem.message);
  }
}

window.dispatchEvent(new Event("eip6963:requestProvider"));
