"""A wallet for the tests' browser: announced by EIP-6963, asked by EIP-1193, and it really signs (with eth-account)."""

import json
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

PROVIDER = """
const info = { uuid: "00000000-0000-4000-8000-000000000001", name: "Test wallet", rdns: "example.wallet",
  icon: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E" };
const provider = {
  on() {}, removeListener() {},
  async request({ method, params }) {
    const { result, error } = await window.walletRequest(method, params ?? []);
    if (error) throw Object.assign(new Error(error.message), { code: error.code });
    return result;
  },
};
const announce = () => window.dispatchEvent(
  new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
window.addEventListener("eip6963:requestProvider", announce);
announce();
"""
DECLINED, UNKNOWN_CHAIN, UNSUPPORTED = 4001, 4902, 4200


class Wallet:
    """One account. With `declines` at n it refuses the n-th question to sign, as a person does; it begins on another
    chain."""

    def __init__(self, mnemonic: Path, index: int) -> None:
        Account.enable_unaudited_hdwallet_features()
        path = f"m/44'/60'/0'/0/{index}"
        self.account = Account.from_mnemonic(mnemonic.read_text().strip(), account_path=path)
        self.chain = 1
        self.known = {1}
        self.declines = 0
        self.asked: list[str] = []

    def attach(self, page: Any) -> None:
        page.expose_function("walletRequest", self._answer)
        page.add_init_script(PROVIDER)

    def _answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        self.asked.append(method)
        signs = method in ("personal_sign", "eth_signTypedData_v4")
        self.declines -= signs
        if signs and self.declines == 0:
            return _error(DECLINED, "User rejected the request.")
        handler = getattr(self, "_" + method, None)
        return handler(*params) if handler else _error(UNSUPPORTED, method)

    def _eth_requestAccounts(self, *_params: Any) -> dict[str, Any]:
        return {"result": [self.account.address]}

    def _eth_accounts(self) -> dict[str, Any]:
        return {"result": [self.account.address]}

    def _eth_chainId(self) -> dict[str, Any]:
        return {"result": hex(self.chain)}

    def _wallet_switchEthereumChain(self, wanted: dict[str, Any]) -> dict[str, Any]:
        chain = int(wanted["chainId"], 16)
        if chain not in self.known:
            return _error(UNKNOWN_CHAIN, "Unrecognized chain ID.")
        self.chain = chain
        return {"result": None}

    def _wallet_addEthereumChain(self, chain: dict[str, Any]) -> dict[str, Any]:
        self.chain = int(chain["chainId"], 16)
        self.known.add(self.chain)
        return {"result": None}

    def _personal_sign(self, text: str, _account: str) -> dict[str, Any]:
        message = encode_defunct(hexstr=text)
        return {"result": self.account.sign_message(message).signature.to_0x_hex()}

    def _eth_signTypedData_v4(self, _account: str, data: str) -> dict[str, Any]:
        typed = json.loads(data)
        if typed["domain"]["chainId"] != self.chain:  # as MetaMask refuses it
            return _error(-32603, "Provided chainId must match the active chainId")
        message = encode_typed_data(full_message=typed)
        return {"result": self.account.sign_message(message).signature.to_0x_hex()}


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
