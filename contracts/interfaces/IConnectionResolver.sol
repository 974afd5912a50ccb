// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";

/// @title IConnectionResolver
/// @notice On-chain connections: the attester (the granter) lets the attestation's recipient (the writer) write to it,
/// in one network, until it revokes or the attestation expires.
/// @notice Made and revoked only through the Ethereum Attestation Service, by its rules: by the granter's transaction
/// or EIP-712 signature; here always revocable and without ether. A granter has one attestation for a writer at a time,
/// so what EAS says of it is what holds.
interface IConnectionResolver {
    /// @notice The attestation that connects two accounts; EAS has the rest of it. All zero if there is none.
    /// @param expiresAt The unix time from which it no longer connects; 0: it does not expire.
    struct Connection {
        bytes32 uid;
        uint64 since;
        uint64 expiresAt;
    }

    /// @notice `granter` lets `writer` write to it, by attestation `uid`, until `expiresAt` or, if that is 0, for good.
    /// @param granter Who is written to.
    /// @param writer Who writes.
    /// @param uid Of the attestation.
    /// @param expiresAt Unix time; 0: it does not expire.
    event Connected(address indexed granter, address indexed writer, bytes32 uid, uint64 expiresAt);

    /// @notice `granter` revoked attestation `uid`: `writer` may no longer write to it.
    /// @param granter Who is written to.
    /// @param writer Who writes.
    /// @param uid Of the attestation.
    event Disconnected(address indexed granter, address indexed writer, bytes32 uid);

    /// @notice `schema` is not this resolver's own: anybody can register one with it, but only `schema()` connects.
    error ConnectionResolverSchemaForeign(bytes32 schema);

    /// @notice `data` is not the 32-byte identifier of this network.
    error ConnectionResolverNetworkWrong(bytes data);

    /// @notice `writer` is the granter itself, or the zero address.
    error ConnectionResolverWriterWrong(address writer);

    /// @notice A connection must be revocable.
    error ConnectionResolverIrrevocable();

    /// @notice The two are already connected, by attestation `uid`: revoke it first.
    error ConnectionResolverAlreadyConnected(bytes32 uid);

    /// @notice The attestation service.
    /// @return The service.
    function eas() external view returns (IEAS);

    /// @notice The network that connections are in: the required value of the schema's one field, `bytes32 network`.
    /// @return The identifier.
    function networkId() external view returns (bytes32);

    /// @notice The identifier of the schema, registered when this contract was deployed.
    /// @return The identifier.
    function schema() external view returns (bytes32);

    /// @notice How many `Connected` and `Disconnected` there were: whoever reads them knows if one was left out.
    /// @return The number of both together.
    function changeCount() external view returns (uint256);

    /// @notice The last attestation of `granter` for `writer` that was not revoked; it may have expired.
    /// @param granter Who is written to.
    /// @param writer Who writes.
    /// @return The connection, all zero if there is none.
    function connectionOf(address granter, address writer) external view returns (Connection memory);

    /// @notice Whether `writer` may write to `granter` now.
    /// @param granter Who is written to.
    /// @param writer Who writes.
    /// @return Whether it may.
    function isConnected(address granter, address writer) external view returns (bool);
}
