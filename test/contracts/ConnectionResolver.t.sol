// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    AttestationRequest,
    AttestationRequestData,
    DelegatedAttestationRequest,
    RevocationRequest,
    RevocationRequestData
} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {Attestation, Signature} from "@ethereum-attestation-service/eas-contracts/contracts/Common.sol";
import {SchemaRecord} from "@ethereum-attestation-service/eas-contracts/contracts/ISchemaRegistry.sol";
import {ConnectionResolver} from "../../contracts/ConnectionResolver.sol";
import {IConnectionResolver} from "../../contracts/interfaces/IConnectionResolver.sol";
import {Built} from "./helpers/Built.sol";
import {ConnectionFixture} from "./helpers/ConnectionFixture.sol";

contract ConnectionResolverTest is ConnectionFixture {
    function test_constructor_registersTheSchema() public view {
        SchemaRecord memory record = registry.getSchema(schema);
        vm.assertEq(record.uid, schema);
        vm.assertEq(record.schema, "bytes32 network");
        vm.assertEq(address(record.resolver), address(resolver));
        vm.assertTrue(record.revocable);
    }

    function test_constructor_succeedsWhen_aStrangerRegisteredTheSchemaFirst() public {
        // This contract's next address but one: what a stranger can compute too.
        ConnectionResolver before = Built.newConnectionResolver(eas, NETWORK);
        address next = _nextAfter(address(before));
        bytes32 uid = registry.register("bytes32 network", ConnectionResolver(payable(next)), true);
        ConnectionResolver made = Built.newConnectionResolver(eas, NETWORK);
        vm.assertEq(address(made), next);
        vm.assertEq(made.schema(), uid);
    }

    function testFuzz_attest_connectsOneWayUntilItExpires(address writer, uint64 expiresAt, uint64 at) public {
        vm.assume(writer != address(0) && writer != ALICE);
        expiresAt = uint64(_bound(expiresAt, block.timestamp + 1, type(uint64).max));
        bytes32 uid = _connect(ALICE, writer, expiresAt);

        IConnectionResolver.Connection memory made = resolver.connectionOf(ALICE, writer);
        vm.assertEq(made.uid, uid);
        vm.assertEq(made.since, block.timestamp);
        vm.assertEq(made.expiresAt, expiresAt);
        vm.assertFalse(resolver.isConnected(writer, ALICE));
        vm.warp(_bound(at, block.timestamp, type(uint64).max));
        vm.assertTrue(resolver.isConnected(ALICE, writer) == (block.timestamp < expiresAt));
    }

    function test_attest_connectsForGoodWhen_itDoesNotExpire() public {
        vm.expectEmit(address(resolver));
        emit IConnectionResolver.Connected(ALICE, BOB, _uidOf(ALICE, BOB), 0);
        vm.assertEq(_connect(ALICE, BOB, 0), _uidOf(ALICE, BOB));
        vm.warp(type(uint64).max);
        vm.assertTrue(resolver.isConnected(ALICE, BOB));
    }

    function test_attest_revertsFor_anotherSchema() public {
        bytes32 foreign = registry.register("bytes32 network, string why", resolver, true);
        vm.expectRevert(abi.encodeWithSelector(IConnectionResolver.ConnectionResolverSchemaForeign.selector, foreign));
        vm.prank(ALICE);
        eas.attest(AttestationRequest(foreign, _grant(BOB)));
    }

    function test_attest_revertsWhen_theNetworkIsWrongOrMissing() public {
        bytes[4] memory wrong = [
            abi.encode(keccak256("another")),
            bytes(""),
            abi.encodePacked(NETWORK, uint8(0)),
            abi.encodePacked(bytes31(NETWORK))
        ];
        for (uint256 i = 0; i < wrong.length; i++) {
            AttestationRequestData memory data = _grant(BOB);
            data.data = wrong[i];
            vm.expectRevert(
                abi.encodeWithSelector(IConnectionResolver.ConnectionResolverNetworkWrong.selector, wrong[i])
            );
            _attest(ALICE, data);
        }
    }

    function test_attest_revertsWhen_theWriterIsTheGranterOrNobody() public {
        address[2] memory wrong = [ALICE, address(0)];
        for (uint256 i = 0; i < wrong.length; i++) {
            vm.expectRevert(
                abi.encodeWithSelector(IConnectionResolver.ConnectionResolverWriterWrong.selector, wrong[i])
            );
            _attest(ALICE, _grant(wrong[i]));
        }
    }

    function test_attest_revertsWhen_itCouldNotBeRevoked() public {
        AttestationRequestData memory data = _grant(BOB);
        data.revocable = false;
        vm.expectRevert(abi.encodeWithSelector(IConnectionResolver.ConnectionResolverIrrevocable.selector));
        _attest(ALICE, data);
    }

    function test_attest_revertsWhen_theTwoAreConnected() public {
        bytes32 uid = _connect(ALICE, BOB, uint64(block.timestamp + 10));
        vm.warp(block.timestamp + 9);
        vm.expectRevert(abi.encodeWithSelector(IConnectionResolver.ConnectionResolverAlreadyConnected.selector, uid));
        _connect(ALICE, BOB, 0);

        vm.warp(block.timestamp + 1);
        bytes32 next = _connect(ALICE, BOB, 0);
        vm.assertEq(resolver.connectionOf(ALICE, BOB).uid, next);
    }

    function test_attest_revertsWhen_etherIsSent() public {
        AttestationRequestData memory data = _grant(BOB);
        data.value = 1;
        vm.deal(ALICE, 1 ether);
        vm.expectRevert(abi.encodeWithSignature("NotPayable()"));
        vm.prank(ALICE);
        eas.attest{value: 1}(AttestationRequest(schema, data));

        vm.deal(address(this), 1);
        vm.expectRevert(abi.encodeWithSignature("NotPayable()"));
        payable(address(resolver)).transfer(1);
    }

    function test_attest_revertsFor_everybodyButTheService() public {
        Attestation memory forged;
        (forged.schema, forged.attester, forged.recipient, forged.revocable) = (schema, ALICE, BOB, true);
        vm.expectRevert(abi.encodeWithSignature("AccessDenied()"));
        resolver.attest(forged);
        vm.expectRevert(abi.encodeWithSignature("AccessDenied()"));
        resolver.revoke(forged);
    }

    function test_attestByDelegation_connectsTheSigner() public {
        address granter = vm.addr(GRANTER_KEY);
        vm.prank(MALLORY);
        _attestSigned(GRANTER_KEY, _grant(BOB));
        vm.assertTrue(resolver.isConnected(granter, BOB));
        vm.assertFalse(resolver.isConnected(MALLORY, BOB));
    }

    function test_attestByDelegation_revertsWhen_theSignatureWasUsed() public {
        address granter = vm.addr(GRANTER_KEY);
        Signature memory signature = _signAttest(GRANTER_KEY, _grant(BOB));
        DelegatedAttestationRequest memory request = DelegatedAttestationRequest(
            schema,
            _grant(BOB),
            signature,
            granter,
            0
        );
        bytes32 uid = eas.attestByDelegation(request);
        _revoke(granter, uid);
        vm.expectRevert(abi.encodeWithSignature("InvalidSignature()"));
        eas.attestByDelegation(request);
        vm.assertFalse(resolver.isConnected(granter, BOB));
    }

    function test_multiAttest_connectsManyOrNone() public {
        AttestationRequestData[] memory all = new AttestationRequestData[](3);
        for (uint256 i = 0; i < 3; i++) all[i] = _grant(address(uint160(0x1000 + i)));
        vm.prank(ALICE);
        bytes32[] memory uids = eas.multiAttest(_many(all));
        for (uint256 i = 0; i < 3; i++) {
            vm.assertEq(resolver.connectionOf(ALICE, address(uint160(0x1000 + i))).uid, uids[i]);
        }

        (all[0], all[1], all[2]) = (_grant(BOB), _grant(MALLORY), _grant(BOB));
        bytes32 first = _uidOf(ALICE, BOB);
        vm.expectRevert(abi.encodeWithSelector(IConnectionResolver.ConnectionResolverAlreadyConnected.selector, first));
        vm.prank(ALICE);
        eas.multiAttest(_many(all));
        vm.assertFalse(resolver.isConnected(ALICE, BOB));

        _revokeAll(ALICE, uids);
        for (uint256 i = 0; i < 3; i++) vm.assertFalse(resolver.isConnected(ALICE, address(uint160(0x1000 + i))));
    }

    function test_revoke_disconnectsTheOneWay() public {
        bytes32 uid = _connect(ALICE, BOB, 0);
        _connect(BOB, ALICE, 0);
        vm.expectEmit(address(resolver));
        emit IConnectionResolver.Disconnected(ALICE, BOB, uid);
        _revoke(ALICE, uid);

        vm.assertFalse(resolver.isConnected(ALICE, BOB));
        vm.assertEq(resolver.connectionOf(ALICE, BOB).uid, 0);
        vm.assertTrue(resolver.isConnected(BOB, ALICE));
        vm.assertTrue(_connect(ALICE, BOB, 0) != uid);
    }

    function test_revoke_revertsFor_everybodyElse() public {
        bytes32 uid = _connect(ALICE, BOB, 0);
        address[2] memory others = [BOB, MALLORY];
        for (uint256 i = 0; i < others.length; i++) {
            vm.expectRevert(abi.encodeWithSignature("AccessDenied()"));
            _revoke(others[i], uid);
        }
        vm.assertTrue(resolver.isConnected(ALICE, BOB));
    }

    function test_revoke_ofAnExpiredOne_leavesTheNextAlone() public {
        bytes32 old = _connect(ALICE, BOB, uint64(block.timestamp + 1));
        vm.warp(block.timestamp + 1);
        _connect(ALICE, BOB, 0);
        vm.assertEq(resolver.changeCount(), 2);
        vm.recordLogs();
        _revoke(ALICE, old);
        vm.assertEq(vm.getRecordedLogs().length, 1); // what EAS says; nobody was disconnected
        vm.assertEq(resolver.changeCount(), 2);
        vm.assertTrue(resolver.isConnected(ALICE, BOB));
    }

    function test_revoke_revertsWhen_etherIsSent() public {
        bytes32 uid = _connect(ALICE, BOB, 0);
        vm.deal(ALICE, 1 ether);
        vm.expectRevert(abi.encodeWithSignature("NotPayable()"));
        vm.prank(ALICE);
        eas.revoke{value: 1}(RevocationRequest(schema, RevocationRequestData(uid, 1)));
    }

    function test_revokeByDelegation_needsTheGrantersSignature() public {
        address granter = vm.addr(GRANTER_KEY);
        bytes32 uid = _attestSigned(GRANTER_KEY, _grant(BOB));
        Signature memory forged = _signRevoke(GRANTER_KEY + 1, granter, uid);
        Signature memory signed = _signRevoke(GRANTER_KEY, granter, uid);
        vm.expectRevert(abi.encodeWithSignature("InvalidSignature()"));
        _revokeSigned(forged, granter, uid);
        _revokeSigned(signed, granter, uid);
        vm.assertFalse(resolver.isConnected(granter, BOB));
    }
}
