// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ICheckpointRegistry} from "../interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "../interfaces/INoteTree.sol";

/// @title CheckpointProof
/// @notice Reads signed checkpoints: who signed them, what they are about, whether their log is the tree's.
library CheckpointProof {
    /// @notice What signers sign.
    function digestOf(ICheckpointRegistry.Header calldata header) internal pure returns (bytes32) {
        return keccak256(abi.encode("pennypost/checkpoint/v1", header));
    }

    /// @notice What was signed.
    function digest(ICheckpointRegistry.Signed calldata signed) internal pure returns (bytes32) {
        return digestOf(signed.header);
    }

    /// @notice Who signed; the zero address for an invalid signature.
    function signers(ICheckpointRegistry.Signed calldata signed) internal pure returns (address[] memory found) {
        bytes32 hash = digest(signed);
        found = new address[](signed.signatures.length);
        for (uint256 i = 0; i < found.length; ++i) (found[i], , ) = ECDSA.tryRecover(hash, signed.signatures[i]);
    }

    /// @notice Who signed both; the zero address for those of the first who did not sign the second.
    function signersOfBoth(
        ICheckpointRegistry.Signed calldata first,
        ICheckpointRegistry.Signed calldata second
    ) internal pure returns (address[] memory found) {
        found = signers(first);
        address[] memory others = signers(second);
        for (uint256 i = 0; i < found.length; ++i) {
            bool isBoth = false;
            for (uint256 j = 0; j < others.length; ++j) isBoth = isBoth || found[i] == others[j];
            if (!isBoth) found[i] = address(0);
        }
    }

    /// @notice Reverts unless the checkpoint is about this network, chain and tree.
    function requireOurs(ICheckpointRegistry.Signed calldata signed, bytes32 networkId, INoteTree tree) internal view {
        ICheckpointRegistry.Header calldata header = signed.header;
        bool isOurs =
            header.networkId == networkId && header.chainId == block.chainid && header.noteTree == address(tree);
        if (isOurs) return;
        revert ICheckpointRegistry.CheckpointRegistryForeign(header.networkId, header.chainId, header.noteTree);
    }

    /// @notice Reverts unless both are.
    function requireBothOurs(
        ICheckpointRegistry.Signed calldata first,
        ICheckpointRegistry.Signed calldata second,
        bytes32 networkId,
        INoteTree tree
    ) internal view {
        requireOurs(first, networkId, tree);
        requireOurs(second, networkId, tree);
    }

    /// @notice Reverts unless these are the signed roots.
    function requireRoots(ICheckpointRegistry.Signed calldata signed, bytes32[] calldata roots) internal pure {
        bytes32 rootsHash = keccak256(abi.encodePacked(roots));
        if (rootsHash != signed.header.rootsHash) revert ICheckpointRegistry.CheckpointRegistryRootsWrong(rootsHash);
    }

    /// @notice Whether the log is longer than the tree's, or differs from it, or has fewer operations than roots, or
    /// the last root is not the root.
    function isLogFalse(
        ICheckpointRegistry.Signed calldata signed,
        INoteTree tree,
        bytes32[] calldata roots
    ) internal view returns (bool) {
        ICheckpointRegistry.Header calldata header = signed.header;
        if (header.operations > tree.operationCount()) return true;
        if (header.logHash != tree.chainAt(header.operations)) return true;
        if (roots.length > header.operations) return true;
        return roots.length > 0 && roots[roots.length - 1] != header.root;
    }
}
