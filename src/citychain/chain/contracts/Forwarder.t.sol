// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Forwarder} from "./Forwarder.sol";
import {ForwarderTest, Recorder} from "./ForwarderTest.t.sol";

/// @notice Requests of people with ordinary keys; wallets are in ForwarderWallets.t.sol.
contract ForwarderTests is ForwarderTest {
    Forwarder.ForwardRequestData[] internal batch;

    function setUp() public {
        deploy();
    }

    function test_execute_shows_the_signer_and_exact_calldata() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 7), TENANT_KEY);
        ok(forwarder.verify(request), "runnable");
        expectExecuted(request, true, "");
        vm.prank(stranger);
        forwarder.execute(request);
        eq(recorder.lastActor(), tenant);
        eq(recorder.lastData(), keccak256(abi.encode(7, abi.encodeCall(Recorder.record, (7)))));
        eq(forwarder.nonces(tenant), 1);
        ok(!forwarder.verify(request), "spent");
    }

    function test_domain_is_citychain_1() public view {
        (, string memory name, string memory version, uint256 chainId, address verifier,,) = forwarder.eip712Domain();
        eq(name, "citychain");
        eq(version, "1");
        eq(chainId, block.chainid);
        eq(verifier, address(forwarder));
    }

    function test_nobody_else_is_believed_about_the_actor() public {
        bytes memory forged = abi.encodePacked(abi.encodeCall(Recorder.record, (7)), tenant);
        vm.prank(stranger);
        (bool success,) = address(recorder).call(forged);
        ok(success, "called");
        eq(recorder.lastActor(), stranger);
        Forwarder other = new Forwarder(authority);
        vm.prank(address(other));
        (success,) = address(recorder).call(forged);
        ok(success, "called");
        eq(recorder.lastActor(), address(other));
    }

    function test_execute_spends_the_nonce_of_a_failed_call() public {
        Forwarder.ForwardRequestData memory request =
            signed(draft(tenant, abi.encodeCall(Recorder.refuse, (4))), TENANT_KEY);
        expectExecuted(request, false, abi.encodeWithSelector(Recorder.Refused.selector, 4));
        forwarder.execute(request);
        eq(forwarder.nonces(tenant), 1);
    }

    function test_execute_refuses_value() public {
        Forwarder.ForwardRequestData memory request = note(tenant, 1);
        request.value = 1;
        request = signed(request, TENANT_KEY);
        vm.expectRevert(abi.encodeWithSelector(Forwarder.ValueRefused.selector, 1));
        forwarder.execute(request);
        eq(forwarder.nonces(tenant), 0);
    }

    function test_execute_refuses_money_sent_along() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        vm.deal(address(this), 1);
        (bool success, bytes memory reason) =
            address(forwarder).call{value: 1}(abi.encodeCall(Forwarder.execute, (request)));
        ok(!success && reason.length == 0, "not payable");
    }

    function test_execute_refuses_another_nonce() public {
        Forwarder.ForwardRequestData memory request = note(tenant, 1);
        request.nonce = 1;
        request = signed(request, TENANT_KEY);
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, tenant, 0));
        forwarder.execute(request);
    }

    function test_execute_refuses_another_signer() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), LANDLORD_KEY);
        vm.expectRevert(
            abi.encodeWithSelector(Forwarder.InvalidSignature.selector, tenant, forwarder.digestOf(request))
        );
        forwarder.execute(request);
    }

    function test_execute_refuses_a_target_that_is_not_registered() public {
        authority.setTarget(address(recorder), false);
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        vm.expectRevert(abi.encodeWithSelector(Forwarder.TargetNotRegistered.selector, recorder));
        forwarder.execute(request);
        eq(forwarder.nonces(tenant), 0);
    }

    function test_execute_refuses_while_switched_off_so_that_nobody_acts_as_the_forwarder() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        vm.prank(guardian);
        authority.switchOffForwarder();
        vm.expectRevert(abi.encodeWithSelector(Forwarder.ForwarderNotTrusted.selector));
        forwarder.execute(request);
        vm.prank(tenant);
        recorder.record(2);
        eq(recorder.lastActor(), tenant);
    }

    function test_execute_refuses_the_signature_of_another_chain() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Forwarder.InvalidSignature.selector, tenant, forwarder.digestOf(request))
        );
        forwarder.execute(request);
    }

    function test_execute_refuses_the_signature_for_another_forwarder() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        Forwarder other = new Forwarder(authority);
        vm.expectRevert(abi.encodeWithSelector(Forwarder.InvalidSignature.selector, tenant, other.digestOf(request)));
        other.execute(request);
    }

    function test_execute_spends_an_expired_request_even_if_its_target_is_gone() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        authority.setTarget(address(recorder), false);
        vm.warp(request.deadline);
        ok(!forwarder.verify(request), "no target");
        vm.warp(request.deadline + 1);
        expectExpired(request);
        forwarder.execute(request);
        eq(forwarder.nonces(tenant), 1);
        eq(recorder.calls(), 0);
    }

    function test_execute_runs_in_the_second_of_the_deadline() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        vm.warp(request.deadline);
        forwarder.execute(request);
        eq(recorder.calls(), 1);
    }

    function test_batch_spends_what_expired_in_mid_queue_and_runs_what_follows() public {
        for (uint256 i = 0; i < 3; ++i) {
            Forwarder.ForwardRequestData memory request = note(tenant, i);
            request.nonce = i;
            if (i == 1) request.deadline = START - 1;
            batch.push(signed(request, TENANT_KEY));
        }
        expectExecuted(batch[0], true, "");
        expectExpired(batch[1]);
        expectExecuted(batch[2], true, "");
        forwarder.executeBatch(batch);
        eq(recorder.calls(), 2);
        eq(forwarder.nonces(tenant), 3);
    }

    function test_batch_runs_one_of_two_requests_with_one_nonce() public {
        batch.push(signed(note(tenant, 1), TENANT_KEY));
        batch.push(signed(note(tenant, 2), TENANT_KEY));
        forwarder.executeBatch(batch);
        eq(recorder.calls(), 1);
        eq(forwarder.nonces(tenant), 1);
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, tenant, 1));
        forwarder.execute(batch[1]);
    }

    function test_batch_skips_what_cannot_run_and_spends_nothing_for_it() public {
        Forwarder.ForwardRequestData memory request = note(tenant, 1);
        request.value = 1;
        batch.push(signed(request, TENANT_KEY));
        request = note(tenant, 1);
        request.nonce = 5;
        batch.push(signed(request, TENANT_KEY));
        batch.push(signed(note(tenant, 1), LANDLORD_KEY));
        request = note(tenant, 1);
        request.signature = hex"00";
        batch.push(request);
        request = note(tenant, 1);
        request.to = address(forwarder);
        batch.push(signed(request, TENANT_KEY));
        request = note(tenant, 1);
        request.to = address(authority);
        batch.push(signed(request, TENANT_KEY));
        request = note(address(0), 1);
        batch.push(signed(request, TENANT_KEY));
        batch.push(signed(note(landlord, 1), LANDLORD_KEY));
        forwarder.executeBatch(batch);
        eq(recorder.calls(), 1);
        eq(recorder.lastActor(), landlord);
        eq(forwarder.nonces(tenant), 0);
        eq(forwarder.nonces(address(0)), 0);
    }

    function test_batch_survives_a_burning_a_looping_and_a_bombing_target() public {
        bytes[3] memory hostile = [
            abi.encodeCall(Recorder.burn, ()),
            abi.encodeCall(Recorder.loop, ()),
            abi.encodeCall(Recorder.bomb, (20_000))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            Forwarder.ForwardRequestData memory request = draft(tenant, hostile[i]);
            request.nonce = i;
            batch.push(signed(request, TENANT_KEY));
        }
        batch.push(signed(note(landlord, 1), LANDLORD_KEY));
        bytes memory start = new bytes(512);
        for (uint256 i = 0; i < 512; ++i) {
            start[i] = 0xff;
        }
        expectExecuted(batch[0], false, "");
        expectExecuted(batch[1], false, "");
        expectExecuted(batch[2], false, start);
        expectExecuted(batch[3], true, "");
        uint256 left = gasleft();
        forwarder.executeBatch(batch);
        ok(left - gasleft() < 900_000, "no more than what was signed is burned");
        eq(forwarder.nonces(tenant), 3);
    }

    function test_reentering_target_cannot_spend_a_nonce_twice() public {
        Forwarder.ForwardRequestData memory inner = signed(note(landlord, 1), LANDLORD_KEY);
        Forwarder.ForwardRequestData memory outer = draft(tenant, abi.encodeCall(Recorder.reenter, (inner)));
        outer.gas = 1_000_000;
        batch.push(signed(outer, TENANT_KEY));
        batch.push(inner);
        expectExecuted(inner, true, "");
        expectExecuted(outer, true, "");
        forwarder.executeBatch(batch);
        eq(recorder.calls(), 2);
        eq(forwarder.nonces(landlord), 1);
    }

    function test_a_request_cannot_reenter_with_itself() public {
        Forwarder.ForwardRequestData memory inner = note(tenant, 1);
        Forwarder.ForwardRequestData memory outer = draft(tenant, abi.encodeCall(Recorder.reenter, (inner)));
        outer.gas = 1_000_000;
        outer = signed(outer, TENANT_KEY);
        expectExecuted(outer, false, abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, tenant, 1));
        forwarder.execute(outer);
    }

    function test_cancel_spends_the_current_nonce_whoever_submits() public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        bytes memory consent = signature(TENANT_KEY, cancellation(tenant, 0, address(forwarder)));
        vm.expectEmit();
        emit Forwarder.RequestCancelled(tenant, 0);
        vm.prank(stranger);
        forwarder.cancel(tenant, 0, consent);
        eq(forwarder.nonces(tenant), 1);
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, tenant, 1));
        forwarder.execute(request);
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, tenant, 1));
        forwarder.cancel(tenant, 0, consent);
    }

    function test_cancel_refuses_another_signer() public {
        bytes32 digest = cancellation(tenant, 0, address(forwarder));
        bytes memory consent = signature(LANDLORD_KEY, digest);
        vm.expectRevert(abi.encodeWithSelector(Forwarder.InvalidSignature.selector, tenant, digest));
        forwarder.cancel(tenant, 0, consent);
        eq(forwarder.nonces(tenant), 0);
    }

    function test_cancel_refuses_a_later_nonce() public {
        bytes memory consent = signature(TENANT_KEY, cancellation(tenant, 1, address(forwarder)));
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, tenant, 0));
        forwarder.cancel(tenant, 1, consent);
    }

    function test_starved_batch_reverts_as_a_whole() public {
        batch.push(signed(note(landlord, 1), LANDLORD_KEY));
        Forwarder.ForwardRequestData memory request = note(tenant, 1);
        request.gas = 3_000_000;
        batch.push(signed(request, TENANT_KEY));
        vm.expectRevert(abi.encodeWithSelector(Forwarder.InsufficientGas.selector, 3_000_000));
        forwarder.executeBatch{gas: 3_000_000}(batch);
        eq(forwarder.nonces(landlord), 0);
    }

    function testFuzz_call_gets_exactly_the_signed_gas_or_nothing_happens(uint64 supplied, uint256 asked) public {
        Forwarder.ForwardRequestData memory request = note(tenant, 1);
        request.gas = asked % 4 == 0 ? asked | 1 << 200 : bound(asked, 120_000, 2_000_000);
        batch.push(signed(request, TENANT_KEY));
        try forwarder.executeBatch{gas: bound(supplied, 30_000, 4_000_000)}(batch) {
            eq(forwarder.nonces(tenant), 1);
            eq(recorder.calls(), 1);
            ok(recorder.lastGas() <= request.gas && recorder.lastGas() + 500 > request.gas, "exact");
        } catch {
            eq(forwarder.nonces(tenant), 0);
            eq(recorder.calls(), 0);
        }
    }

    function testFuzz_reason_is_the_first_512_bytes(uint256 size) public {
        size = bound(size, 0, 2000);
        Forwarder.ForwardRequestData memory request =
            signed(draft(tenant, abi.encodeCall(Recorder.bomb, (size))), TENANT_KEY);
        bytes memory reason = new bytes(size < 512 ? size : 512);
        for (uint256 i = 0; i < reason.length; ++i) {
            reason[i] = 0xff;
        }
        expectExecuted(request, false, reason);
        forwarder.execute(request);
    }

    function testFuzz_signed_request_runs_as_its_signer(uint256 key, uint256 text, uint256 chainId) public {
        key = bound(key, 1, type(uint128).max);
        vm.chainId(bound(chainId, 1, type(uint64).max));
        address signer = vm.addr(key);
        Forwarder.ForwardRequestData memory request = signed(note(signer, text), key);
        expectExecuted(request, true, "");
        forwarder.execute(request);
        eq(recorder.lastActor(), signer);
    }

    function testFuzz_changed_request_is_refused(uint8 field, uint160 change) public {
        Forwarder.ForwardRequestData memory request = signed(note(tenant, 1), TENANT_KEY);
        change |= 1;
        field %= 4;
        if (field == 0) request.to = address(uint160(request.to) ^ change);
        if (field == 1) request.gas ^= change;
        if (field == 2) request.deadline ^= uint48(change) | 1;
        if (field == 3) request.data = abi.encodeCall(Recorder.record, (uint256(change) + 1));
        vm.expectRevert(
            abi.encodeWithSelector(Forwarder.InvalidSignature.selector, tenant, forwarder.digestOf(request))
        );
        forwarder.execute(request);
    }
}
