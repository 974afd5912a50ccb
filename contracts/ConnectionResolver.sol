// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Attestation} from "@ethereum-attestation-service/eas-contracts/contracts/Common.sol";
import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {ISchemaRegistry} from "@ethereum-attestation-service/eas-contracts/contracts/ISchemaRegistry.sol";
import {SchemaResolver} from "@ethereum-attestation-service/eas-contracts/contracts/resolver/SchemaResolver.sol";
import {IConnectionResolver} from "./interfaces/IConnectionResolver.sol";

/// @title ConnectionResolver
/// @notice What `IConnectionResolver` says.
/// @dev Invariant: of all attestations of one granter for one writer at most one is neither revoked nor expired, and
/// it is the one kept here. Holds no ether, has no owner.
contract ConnectionResolver is IConnectionResolver, SchemaResolver {
    string private constant SCHEMA = "bytes32 network";

    /// @inheritdoc IConnectionResolver
    bytes32 public immutable networkId;

    /// @inheritdoc IConnectionResolver
    bytes32 public immutable schema;

    /// @inheritdoc IConnectionResolver
    uint256 public changeCount;

    mapping(address granter => mapping(address writer => bytes32 uid)) private _uids;

    /// @dev Registers its schema, unless somebody who foresaw this address has done so; the identifier is the same.
    constructor(IEAS eas_, bytes32 networkId_) SchemaResolver(eas_) {
        networkId = networkId_;
        schema = keccak256(abi.encodePacked(SCHEMA, address(this), true));
        ISchemaRegistry registry = eas_.getSchemaRegistry();
        if (registry.getSchema(schema).uid == 0) registry.register(SCHEMA, this, true);
    }

    /// @inheritdoc IConnectionResolver
    function eas() external view returns (IEAS) {
        return _eas;
    }

    /// @inheritdoc IConnectionResolver
    function connectionOf(address granter, address writer) public view returns (Connection memory) {
        bytes32 uid = _uids[granter][writer];
        if (uid == 0) return Connection(0, 0, 0);
        Attestation memory attestation = _eas.getAttestation(uid);
        return Connection(uid, attestation.time, attestation.expirationTime);
    }

    /// @inheritdoc IConnectionResolver
    function isConnected(address granter, address writer) public view returns (bool) {
        Connection memory connection = connectionOf(granter, writer);
        return connection.uid != 0 && (connection.expiresAt == 0 || block.timestamp < connection.expiresAt);
    }

    /// @dev `value` is 0: EAS refuses ether for a resolver that is not payable.
    function onAttest(Attestation calldata attestation, uint256) internal override returns (bool) {
        (address granter, address writer) = (attestation.attester, attestation.recipient);
        if (attestation.schema != schema) revert ConnectionResolverSchemaForeign(attestation.schema);
        if (!attestation.revocable) revert ConnectionResolverIrrevocable();
        if (writer == granter || writer == address(0)) revert ConnectionResolverWriterWrong(writer);
        if (attestation.data.length != 32 || bytes32(attestation.data) != networkId)
            revert ConnectionResolverNetworkWrong(attestation.data);
        if (isConnected(granter, writer)) revert ConnectionResolverAlreadyConnected(_uids[granter][writer]);

        _uids[granter][writer] = attestation.uid;
        ++changeCount;
        emit Connected(granter, writer, attestation.uid, attestation.expirationTime);
        return true;
    }

    /// @dev An attestation that had expired and was replaced can be revoked too; it ends nothing.
    function onRevoke(Attestation calldata attestation, uint256) internal override returns (bool) {
        (address granter, address writer) = (attestation.attester, attestation.recipient);
        if (_uids[granter][writer] == attestation.uid) {
            delete _uids[granter][writer];
            ++changeCount;
            emit Disconnected(granter, writer, attestation.uid);
        }
        return true;
    }
}
