// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    AttestationRequest,
    AttestationRequestData,
    IEAS,
    RevocationRequest,
    RevocationRequestData
} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {Attestation} from "@ethereum-attestation-service/eas-contracts/contracts/Common.sol";
import {ConnectionResolver} from "../../../contracts/ConnectionResolver.sol";
import {TestBase} from "./TestBase.sol";

/// @notice What three accounts can do to each other through the attestation service, in any order.
contract ConnectionHandler is TestBase {
    IEAS private immutable _eas;
    ConnectionResolver private immutable _resolver;
    bytes32[] private _uids;

    /// @notice How often somebody was connected or disconnected.
    uint256 public changes;

    constructor(IEAS eas, ConnectionResolver resolver) {
        (_eas, _resolver) = (eas, resolver);
    }

    function connect(uint256 from, uint256 to, uint256 time) external {
        address granter = actor(from);
        address writer = actor(to);
        uint64 expiresAt = time % 3 == 0 ? 0 : uint64(block.timestamp + 1 + (time % 2 days));
        bool isRefused = granter == writer || _resolver.isConnected(granter, writer);
        bytes memory network = abi.encode(_resolver.networkId());
        AttestationRequest memory request = AttestationRequest(
            _resolver.schema(),
            AttestationRequestData(writer, expiresAt, true, 0, network, 0)
        );
        vm.prank(granter);
        try _eas.attest(request) returns (bytes32 uid) {
            vm.assertFalse(isRefused);
            _uids.push(uid);
            changes++;
        } catch {
            vm.assertTrue(isRefused);
        }
    }

    function revoke(uint256 number) external {
        if (_uids.length == 0) return;
        bytes32 uid = _uids[number % _uids.length];
        Attestation memory made = _eas.getAttestation(uid);
        if (made.revocationTime != 0) return;
        if (_resolver.connectionOf(made.attester, made.recipient).uid == uid) changes++;
        bytes32 schema = _resolver.schema();
        vm.prank(made.attester);
        _eas.revoke(RevocationRequest(schema, RevocationRequestData(uid, 0)));
    }

    function wait(uint32 time) external {
        vm.warp(block.timestamp + (time % 1 days));
    }

    function actor(uint256 i) public pure returns (address) {
        return [ALICE, BOB, MALLORY][i % 3];
    }

    /// @notice The attestations that are neither revoked nor expired: of each granter for each writer how many there
    /// are, and the last of them.
    function live() external view returns (uint256[9] memory counts, bytes32[9] memory last) {
        for (uint256 i = 0; i < _uids.length; i++) {
            Attestation memory made = _eas.getAttestation(_uids[i]);
            if (made.revocationTime != 0) continue;
            if (made.expirationTime != 0 && made.expirationTime <= block.timestamp) continue;
            uint256 pair = _numberOf(made.attester) + 3 * _numberOf(made.recipient);
            (counts[pair], last[pair]) = (counts[pair] + 1, _uids[i]);
        }
    }

    function _numberOf(address one) private pure returns (uint256 number) {
        while (actor(number) != one) number++;
    }
}
