// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Forwarder} from "./Forwarder.sol";
import {ForwarderTest} from "./ForwarderTest.t.sol";
import {Wallet} from "./ForwarderWallets.t.sol";
import {CityContext} from "./CityContext.sol";
import {CityTest, Vm} from "./Vm.sol";

/// @notice Counts, for each action, how often it ran and whether anybody but its signer was the actor.
contract Witness is CityContext {
    mapping(bytes32 action => uint256) public runs;
    bool public impostor;

    error Unwilling();

    constructor(address authority_) CityContext(authority_) {}

    function act(address signer, uint256 salt, bool willing) external {
        if (!willing) revert Unwilling();
        if (_msgSender() != signer) impostor = true;
        ++runs[keccak256(abi.encode(signer, salt))];
    }
}

/// @notice Everything that anybody can do with the forwarder, in any order; it keeps its own books from the events.
contract ForwarderHandler is ForwarderTest {
    Witness internal witness;
    Wallet internal wallet;
    address[4] internal signers;
    uint256[3] internal keys = [TENANT_KEY, LANDLORD_KEY, uint256(0xca41)];
    Forwarder.ForwardRequestData[] internal known;
    uint256 internal salts;

    mapping(address signer => uint256) public spent;
    mapping(bytes32 digest => uint256) public executed;
    uint256 public successes;
    string public broken;

    constructor() {
        deploy();
        witness = new Witness(address(authority));
        authority.setTarget(address(witness), true);
        wallet = new Wallet();
        signers = [vm.addr(keys[0]), vm.addr(keys[1]), vm.addr(keys[2]), address(wallet)];
        // The third has a key and delegated code (EIP-7702) that says yes to everything.
        vm.etch(signers[2], abi.encodePacked(hex"ef0100", address(new Wallet())));
    }

    /// Signs a new request, sometimes flawed, and submits it alone.
    function request(uint256 who, uint256 seed) external {
        known.push(fresh(who % 4, seed, 0));
        submit(known.length - 1, known.length);
    }

    /// Signs two requests of one signer in a row and submits them with whatever was known before them.
    function queue(uint256 who, uint256 seed, uint256 back) external {
        known.push(fresh(who % 4, seed, 0));
        known.push(fresh(who % 4, seed >> 64, seed % 5 == 0 ? 0 : 1));
        submit(known.length - 2 - bound(back, 0, known.length < 5 ? 0 : 3), known.length);
    }

    /// Submits once more what was submitted before.
    function replay(uint256 which) external {
        if (known.length == 0) return;
        which %= known.length;
        submit(which, which + 1);
    }

    function cancel(uint256 who, uint256 seed) external {
        who %= 4;
        uint256 nonce = forwarder.nonces(signers[who]) + (seed % 4 == 0 ? 1 : 0);
        bytes memory consent =
            who == 3 ? bytes("") : signature(keys[who], cancellation(signers[who], nonce, address(forwarder)));
        vm.recordLogs();
        try forwarder.cancel(signers[who], nonce, consent) {} catch {}
        audit();
    }

    function answer(uint256 how) external {
        wallet.choose(Wallet.Answer(how % 3));
    }

    function register(bool registered) external {
        authority.setTarget(address(witness), registered);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 1 hours));
    }

    function fresh(uint256 who, uint256 seed, uint256 ahead)
        internal
        returns (Forwarder.ForwardRequestData memory made)
    {
        address signer = signers[who];
        made = draft(signer, abi.encodeCall(Witness.act, (signer, ++salts, seed % 3 != 0)));
        made.to = address(witness);
        made.nonce += ahead;
        if (seed % 11 == 0) made.value = 1;
        if (seed % 7 == 0) made.deadline = uint48(block.timestamp - 1);
        if (who < 3) made = signed(made, seed % 13 == 0 ? keys[(who + 1) % 3] : keys[who]);
    }

    /// Submits known[first, end), alone by `execute` or several by `executeBatch`.
    function submit(uint256 first, uint256 end) internal {
        vm.recordLogs();
        if (end - first == 1) {
            try forwarder.execute(known[first]) {} catch {}
        } else {
            Forwarder.ForwardRequestData[] memory batch = new Forwarder.ForwardRequestData[](end - first);
            for (uint256 i = first; i < end; ++i) {
                batch[i - first] = known[i];
            }
            forwarder.executeBatch(batch);
        }
        audit();
    }

    /// Each event spends the next nonce of its signer, and no digest twice.
    function audit() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(forwarder)) continue;
            bool ran = logs[i].topics[0] == Forwarder.RequestExecuted.selector;
            address signer = address(uint160(uint256(logs[i].topics[ran ? 2 : 1])));
            uint256 nonce = abi.decode(logs[i].data, (uint256));
            if (nonce != spent[signer]++) broken = "a nonce was left out or spent twice";
            if (!ran) continue;
            (, bool success,) = abi.decode(logs[i].data, (uint256, bool, bytes));
            if (success) ++successes;
            if (++executed[logs[i].topics[1]] > 1) broken = "a digest was executed twice";
        }
        for (uint256 i = 0; i < 4; ++i) {
            if (forwarder.nonces(signers[i]) != spent[signers[i]]) broken = "a nonce was spent without an event";
        }
        if (witness.impostor()) broken = "the target saw somebody else than the signer";
        for (uint256 salt = salts < 4 ? 0 : salts - 4; salt <= salts; ++salt) {
            for (uint256 i = 0; i < 4; ++i) {
                if (witness.runs(keccak256(abi.encode(signers[i], salt))) > 1) broken = "an action ran twice";
            }
        }
    }
}

/// @notice Nonces grow by one, each digest executes at most once, and the actor is always the signer.
contract ForwarderMachine is CityTest {
    ForwarderHandler internal handler;

    function setUp() public {
        handler = new ForwarderHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_nonces_grow_by_one_digests_run_once_and_actors_are_signers() public view {
        eq(handler.broken(), "");
    }

    function test_machine_carries_out_requests() public {
        for (uint256 i = 0; i < 100; ++i) {
            handler.request(i, uint256(keccak256(abi.encode(i))));
            handler.queue(i, uint256(keccak256(abi.encode(i, i))), i);
        }
        eq(handler.broken(), "");
        ok(handler.successes() > 100, "many succeed");
    }
}
