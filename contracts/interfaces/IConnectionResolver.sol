// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";

/// @title IConnectionResolver
/// @notice Connections on the chain: whoever attests (the granter) lets the attestation's recipient (the writer) write
/// to it, in one network, until it revokes or the attestation expires.
/// @notice Made and revoked with the Ethereum Attestation Service alone, by its own rules: only the granter, by its
/// transaction or its EIP-712 signature, revocable, without ether. A granter and a writer have one attestation at a
/// time, so what EAS says of that one is what holds.
interface IConnectionResolver {
    /// @notice The attestation that connects, of which EAS has the rest; all zero where there is none.
    /// @param expiresAt From this unix time on it connects no more; 0: it does not expire.
    struct Connection {
        bytes32 uid;
        uint64 since;
        uint64 expiresAt;
    }

    /// @notice `granter` lets `writer` write to it, by attestation `uid`, before `expiresAt` or, if that is 0, always.
    event Connected(address indexed granter, address indexed writer, bytes32 uid, uint64 expiresAt);

    /// @notice `granter` revoked attestation `uid`: `writer` may no longer.
    event Disconnected(address indexed granter, address indexed writer, bytes32 uid);

    /// @notice Anybody can register a schema with this resolver; only its own, `schema()`, connects.
    error ConnectionResolverSchemaForeign(bytes32 schema);

    /// @notice `data` is not the identifier of this network in 32 bytes.
    error ConnectionResolverNetworkWrong(bytes data);

    /// @notice `writer` is the granter itself, or nobody.
    error ConnectionResolverWriterWrong(address writer);

    /// @notice A connection can be revoked, always.
    error ConnectionResolverIrrevocable();

    /// @notice The two are connected, by attestation `uid`: revoke it first.
    error ConnectionResolverConnectedBefore(bytes32 uid);

    /// @notice The attestation service.
    function eas() external view returns (IEAS);

    /// @notice The network that connections are in: what the one field of the schema, `bytes32 network`, has to be.
    function networkId() external view returns (bytes32);

    /// @notice The identifier of the schema, registered when this contract was made.
    function schema() external view returns (bytes32);

    /// @notice The last attestation of `granter` for `writer` that was not revoked; it may have expired.
    function connectionOf(address granter, address writer) external view returns (Connection memory);

    /// @notice Whether `writer` may write to `granter` now.
    function isConnected(address granter, address writer) external view returns (bool);
}
