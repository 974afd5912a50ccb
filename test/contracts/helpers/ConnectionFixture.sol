// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    AttestationRequest,
    AttestationRequestData,
    DelegatedAttestationRequest,
    DelegatedRevocationRequest,
    IEAS,
    MultiAttestationRequest,
    MultiRevocationRequest,
    RevocationRequest,
    RevocationRequestData
} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {Signature} from "@ethereum-attestation-service/eas-contracts/contracts/Common.sol";
import {ISchemaRegistry} from "@ethereum-attestation-service/eas-contracts/contracts/ISchemaRegistry.sol";
import {ConnectionResolver} from "../../../contracts/ConnectionResolver.sol";
import {Built} from "./Built.sol";
import {TestBase} from "./TestBase.sol";

interface IEASVerifier {
    function getDomainSeparator() external view returns (bytes32);
    function getNonce(address account) external view returns (uint256);
    function getAttestTypeHash() external view returns (bytes32);
    function getRevokeTypeHash() external view returns (bytes32);
}

/// @notice The attestation service as its makers compiled it, and a resolver of connections.
abstract contract ConnectionFixture is TestBase {
    bytes32 internal constant NETWORK = keccak256("pennypost-test");
    uint256 internal constant GRANTER_KEY = 0x6EA47E6;

    ISchemaRegistry internal registry;
    IEAS internal eas;
    ConnectionResolver internal resolver;
    bytes32 internal schema;

    function setUp() public virtual {
        vm.warp(1_795_000_000);
        registry = ISchemaRegistry(_deploy("SchemaRegistry", ""));
        eas = IEAS(_deploy("EAS", abi.encode(registry)));
        resolver = Built.newConnectionResolver(eas, NETWORK);
        schema = resolver.schema();
    }

    /// @notice The plainest request to let `writer` write; a test changes what it is about.
    function _grant(address writer) internal pure returns (AttestationRequestData memory) {
        return AttestationRequestData(writer, 0, true, 0, abi.encode(NETWORK), 0);
    }

    function _attest(address granter, AttestationRequestData memory data) internal returns (bytes32) {
        vm.prank(granter);
        return eas.attest(AttestationRequest(schema, data));
    }

    function _connect(address granter, address writer, uint64 expiresAt) internal returns (bytes32) {
        AttestationRequestData memory data = _grant(writer);
        data.expirationTime = expiresAt;
        return _attest(granter, data);
    }

    function _revoke(address revoker, bytes32 uid) internal {
        vm.prank(revoker);
        eas.revoke(RevocationRequest(schema, RevocationRequestData(uid, 0)));
    }

    function _attestSigned(uint256 key, AttestationRequestData memory data) internal returns (bytes32) {
        Signature memory signature = _signAttest(key, data);
        return eas.attestByDelegation(DelegatedAttestationRequest(schema, data, signature, vm.addr(key), 0));
    }

    function _signAttest(
        uint256 key,
        AttestationRequestData memory data
    ) internal view returns (Signature memory signature) {
        IEASVerifier verifier = IEASVerifier(address(eas));
        address granter = vm.addr(key);
        bytes memory what = abi.encode(
            data.recipient,
            data.expirationTime,
            data.revocable,
            data.refUID,
            keccak256(data.data),
            data.value
        );
        bytes memory who = abi.encode(verifier.getAttestTypeHash(), granter, schema);
        bytes32 fields = keccak256(bytes.concat(who, what, abi.encode(verifier.getNonce(granter), uint64(0))));
        return _sign(key, fields);
    }

    function _revokeSigned(Signature memory signature, address revoker, bytes32 uid) internal {
        RevocationRequestData memory data = RevocationRequestData(uid, 0);
        eas.revokeByDelegation(DelegatedRevocationRequest(schema, data, signature, revoker, 0));
    }

    function _signRevoke(uint256 key, address revoker, bytes32 uid) internal view returns (Signature memory) {
        IEASVerifier verifier = IEASVerifier(address(eas));
        bytes32 kind = verifier.getRevokeTypeHash();
        uint256 nonce = verifier.getNonce(revoker);
        return _sign(key, keccak256(abi.encode(kind, revoker, schema, uid, uint256(0), nonce, uint64(0))));
    }

    function _many(AttestationRequestData[] memory data) internal view returns (MultiAttestationRequest[] memory all) {
        all = new MultiAttestationRequest[](1);
        all[0] = MultiAttestationRequest(schema, data);
    }

    function _revokeAll(address revoker, bytes32[] memory uids) internal {
        MultiRevocationRequest[] memory all = new MultiRevocationRequest[](1);
        all[0] = MultiRevocationRequest(schema, new RevocationRequestData[](uids.length));
        for (uint256 i = 0; i < uids.length; i++) all[0].data[i] = RevocationRequestData(uids[i], 0);
        vm.prank(revoker);
        eas.multiRevoke(all);
    }

    /// @notice What EAS calls the first attestation of this second that does not expire.
    function _uidOf(address granter, address writer) internal view returns (bytes32) {
        uint64 time = uint64(block.timestamp);
        bytes memory when = abi.encodePacked(time, uint64(0), true);
        return keccak256(abi.encodePacked(schema, writer, granter, when, bytes32(0), NETWORK, uint32(0)));
    }

    /// @notice The address of the contract that this one makes after `made`.
    function _nextAfter(address made) internal view returns (address) {
        for (uint8 nonce = 1; nonce < 127; nonce++) if (_created(nonce) == made) return _created(nonce + 1);
        return address(0);
    }

    function _created(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }

    function _sign(uint256 key, bytes32 fields) private view returns (Signature memory signature) {
        bytes32 domain = IEASVerifier(address(eas)).getDomainSeparator();
        (signature.v, signature.r, signature.s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, fields)));
    }

    function _deploy(string memory name, bytes memory arguments) private returns (address deployed) {
        string memory folder = "node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts/";
        string memory artifact = vm.readFile(string.concat(folder, name, ".sol/", name, ".json"));
        bytes memory code = abi.encodePacked(vm.parseJsonBytes(artifact, ".bytecode"), arguments);
        // solhint-disable-next-line no-inline-assembly
        assembly {
            deployed := create(0, add(code, 32), mload(code))
        }
        vm.assertTrue(deployed.code.length > 0);
    }
}
