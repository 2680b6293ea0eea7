// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Safe} from "@safe-global/safe-contracts/contracts/Safe.sol";
import {OwnerManager} from "@safe-global/safe-contracts/contracts/base/OwnerManager.sol";
import {Forwarder} from "./Forwarder.sol";
import {ForwarderTest} from "./ForwarderTest.t.sol";
import {SafeTest} from "./SafeTest.t.sol";

/// @notice A wallet that answers as its owner last chose.
contract Wallet is IERC1271 {
    enum Answer {
        Yes,
        No,
        Refuse,
        Burn,
        Bomb,
        Short
    }

    Answer public answer;

    function choose(Answer answer_) external {
        answer = answer_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (answer == Answer.No) return 0xffffffff;
        if (answer == Answer.Refuse) revert();
        assembly {
            mstore(0, 0x1626ba7e00000000000000000000000000000000000000000000000000000000)
            switch sload(answer.slot)
            case 3 { invalid() }
            case 4 { return(0, 60000) }
            case 5 { return(0, 4) }
        }
        return IERC1271.isValidSignature.selector;
    }
}

/// @notice Requests of contract accounts (ERC-1271), of a Safe of officers and of EIP-7702 accounts.
contract ForwarderWalletsTests is ForwarderTest, SafeTest {
    Wallet internal wallet = new Wallet();
    Forwarder.ForwardRequestData[] internal batch;

    function setUp() public {
        deploy();
    }

    function expectInvalid(Forwarder.ForwardRequestData memory request) internal {
        vm.expectRevert(
            abi.encodeWithSelector(Forwarder.InvalidSignature.selector, request.from, forwarder.digestOf(request))
        );
    }

    function test_wallet_that_accepts_acts() public {
        forwarder.execute(note(address(wallet), 1));
        eq(recorder.lastActor(), address(wallet));
    }

    function test_wallet_that_does_not_accept_is_refused(uint8 how) public {
        // All but Yes, and Bomb, which says yes at length.
        wallet.choose([Wallet.Answer.No, Wallet.Answer.Refuse, Wallet.Answer.Burn, Wallet.Answer.Short][how % 4]);
        Forwarder.ForwardRequestData memory request = note(address(wallet), 1);
        expectInvalid(request);
        forwarder.execute(request);
        eq(forwarder.nonces(address(wallet)), 0);
    }

    function test_wallet_revoking_a_signature_in_mid_queue_stops_what_follows() public {
        batch.push(note(address(wallet), 1));
        batch.push(note(address(wallet), 2));
        batch[1].nonce = 1;
        forwarder.execute(batch[0]);
        wallet.choose(Wallet.Answer.No);
        ok(!forwarder.verify(batch[1]), "revoked");
        forwarder.executeBatch(batch);
        eq(recorder.calls(), 1);
        eq(forwarder.nonces(address(wallet)), 1);
    }

    function test_batch_survives_a_burning_and_a_bombing_wallet() public {
        Wallet bomber = new Wallet();
        bomber.choose(Wallet.Answer.Bomb);
        wallet.choose(Wallet.Answer.Burn);
        batch.push(note(address(wallet), 1));
        batch.push(note(address(bomber), 1));
        batch.push(signed(note(tenant, 3), TENANT_KEY));
        uint256 left = gasleft();
        forwarder.executeBatch(batch);
        ok(left - gasleft() < 450_000, "no more than WALLET_GAS is burned");
        eq(recorder.lastActor(), tenant);
        eq(forwarder.nonces(address(wallet)), 0);
        // A wallet that answers yes at length is believed; only 32 bytes of the answer are copied.
        eq(forwarder.nonces(address(bomber)), 1);
    }

    function test_wallet_is_not_asked_with_too_little_gas() public {
        batch.push(note(address(wallet), 1));
        vm.expectRevert(abi.encodeWithSelector(Forwarder.InsufficientGas.selector, forwarder.WALLET_GAS()));
        forwarder.executeBatch{gas: 120_000}(batch);
    }

    function test_wallet_cancels() public {
        forwarder.cancel(address(wallet), 0, "");
        eq(forwarder.nonces(address(wallet)), 1);
    }

    function test_account_with_neither_key_nor_code_is_refused() public {
        Forwarder.ForwardRequestData memory request = note(stranger, 1);
        expectInvalid(request);
        forwarder.execute(request);
    }

    function test_safe_of_two_officers_acts_within_half_of_the_wallet_gas() public {
        Safe bank = newSafe(0x1000);
        Forwarder.ForwardRequestData memory request = note(address(bank), 1);
        bytes32 digest = forwarder.digestOf(request);
        request.signature = safeSignature(bank, digest);
        uint256 left = gasleft();
        IERC1271(address(bank)).isValidSignature(digest, request.signature);
        ok(left - gasleft() < forwarder.WALLET_GAS() / 2, "cheap enough");
        vm.prank(stranger);
        forwarder.execute(request);
        eq(recorder.lastActor(), address(bank));
    }

    function test_safe_with_one_signature_is_refused() public {
        Safe bank = newSafe(0x1000);
        Forwarder.ForwardRequestData memory request = note(address(bank), 1);
        request = signed(request, 0x1000);
        expectInvalid(request);
        forwarder.execute(request);
    }

    function test_safe_that_removed_an_officer_no_longer_accepts_what_he_signed() public {
        Safe bank = newSafe(0x1000);
        Forwarder.ForwardRequestData memory request = note(address(bank), 1);
        request.signature = safeSignature(bank, forwarder.digestOf(request));
        address gone = vm.addr(0x1000);
        safeCall(bank, address(bank), abi.encodeCall(OwnerManager.swapOwner, (address(1), gone, vm.addr(0x2000))));
        expectInvalid(request);
        forwarder.execute(request);
    }

    function test_eip7702_account_acts_with_its_own_key() public {
        vm.etch(tenant, abi.encodePacked(hex"ef0100", address(wallet)));
        wallet.choose(Wallet.Answer.Burn);
        forwarder.execute(signed(note(tenant, 1), TENANT_KEY));
        eq(recorder.lastActor(), tenant);
    }

    function test_eip7702_account_acts_as_its_delegate_code_accepts() public {
        vm.etch(tenant, abi.encodePacked(hex"ef0100", address(wallet)));
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), LANDLORD_KEY);
        forwarder.execute(request);
        eq(recorder.lastActor(), tenant);
        // Delegated code keeps its state at the account: slot 0 holds the answer.
        vm.store(tenant, bytes32(0), bytes32(uint256(Wallet.Answer.No)));
        request = signed(note(tenant, 2), LANDLORD_KEY);
        expectInvalid(request);
        forwarder.execute(request);
    }
}
