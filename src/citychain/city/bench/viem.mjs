// viem sends `count` transfers, `atOnce` at a time, and prints transfers included a second.
import fs from 'node:fs';
import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const task = JSON.parse(fs.readFileSync(0, 'utf8'));
const chain = defineChain({ id: task.chainId, name: 'bench', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: [task.url] } } });
const transport = http(task.url);
const reader = createPublicClient({ chain, transport });
const accounts = task.keys.map((key) => privateKeyToAccount(key));
const wallets = accounts.map((account) => createWalletClient({ account, chain, transport }));
const abi = parseAbi(['function transfer(address to, uint256 value) returns (bool)']);
const nonces = await Promise.all(accounts.map((account) => reader.getTransactionCount({ address: account.address })));

const started = performance.now();
let next = 0;
const hashes = [];
await Promise.all([...Array(task.atOnce)].map(async () => {
  while (next < task.count) {
    const number = next++;
    const at = number % accounts.length;
    hashes.push(await wallets[at].writeContract({
      address: task.token, abi, functionName: 'transfer',
      args: [accounts[(at + 1) % accounts.length].address, BigInt(1 + (number % 7))],
      nonce: nonces[at]++, gas: 150000n, maxFeePerGas: 10000000000n, maxPriorityFeePerGas: 1000000000n,
    }));
  }
}));
for (const hash of hashes) await reader.waitForTransactionReceipt({ hash, pollingInterval: 20 });
console.log((task.count / (performance.now() - started) * 1000).toFixed(1));
