// What a wallet or an application does through the gate, with viem and nothing of ours. Prints what it saw.
import { createPublicClient, createWalletClient, http, parseGwei } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [url, secret] = process.argv.slice(2);
const transport = http(url, { batch: true });
const reader = createPublicClient({ transport });
const id = await reader.getChainId();
const chain = { id, name: "citychain", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: { default: { http: [url] } } };
const account = privateKeyToAccount(secret);
const writer = createWalletClient({ account, chain, transport });
const hash = await writer.sendTransaction({ to: account.address, value: 1n });
const receipt = await reader.waitForTransactionReceipt({ hash, pollingInterval: 100 });
const [final, fees, balance, filter] = await Promise.all([
  reader.getBlock({ blockTag: "finalized" }),
  reader.estimateFeesPerGas({ chain }),
  reader.getBalance({ address: account.address }),
  reader.createBlockFilter(),
]);
const changes = await reader.getFilterChanges({ filter });
const refused = await reader.request({ method: "anvil_mine", params: [] }).then(() => "passed", (error) => error.name);
console.log(JSON.stringify({ id, status: receipt.status, block: Number(receipt.blockNumber), final: Number(final.number),
  fees: fees.maxFeePerGas > 0n, rich: balance > parseGwei("1"), changes: changes.length, refused }));
