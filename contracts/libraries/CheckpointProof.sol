// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ICheckpointRegistry} from "../interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "../interfaces/INoteTree.sol";

/// @title CheckpointProof
/// @notice Reads signed checkpoints: who signed them, what they are about, what they follow from.
library CheckpointProof {
    /// @notice The most operations from one checkpoint to the next: a longer list of roots could not be shown.
    uint256 internal constant MOST_ROOTS = 1024;

    /// @notice The most leaked secrets in a checkpoint.
    uint256 internal constant MOST_LEAKS = 256;

    /// @notice How far a checkpoint may be ahead of the chain's clock.
    uint256 internal constant AHEAD = 15 minutes;

    /// @notice What signers sign.
    /// @param header What is signed.
    /// @return The digest.
    function digestOf(ICheckpointRegistry.Header calldata header) internal pure returns (bytes32) {
        return keccak256(abi.encode("pennypost/checkpoint/v1", header));
    }

    /// @notice What was signed.
    /// @param signed The checkpoint and its signatures.
    /// @return The digest.
    function digest(ICheckpointRegistry.Signed calldata signed) internal pure returns (bytes32) {
        return digestOf(signed.header);
    }

    /// @notice Who signed; the zero address for an invalid signature.
    /// @param signed The checkpoint and its signatures.
    /// @return found One address for each signature.
    function signers(ICheckpointRegistry.Signed calldata signed) internal pure returns (address[] memory found) {
        bytes32 hash = digest(signed);
        found = new address[](signed.signatures.length);
        for (uint256 i = 0; i < found.length; ++i) (found[i], , ) = ECDSA.tryRecover(hash, signed.signatures[i]);
    }

    /// @notice Who signed both; the zero address for those of the first who did not sign the second.
    /// @param first A checkpoint and its signatures.
    /// @param second Another.
    /// @return found One address for each signature of the first.
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

    /// @notice Reverts unless the checkpoint is about this network, chain, tree and registry.
    /// @dev Reverts with `CheckpointRegistryForeign`.
    /// @param signed The checkpoint and its signatures.
    /// @param networkId The registry's network.
    /// @param tree The registry's tree.
    function requireOurs(ICheckpointRegistry.Signed calldata signed, bytes32 networkId, INoteTree tree) internal view {
        ICheckpointRegistry.Header calldata header = signed.header;
        bool isOurs =
            header.networkId == networkId &&
                header.chainId == block.chainid &&
                header.noteTree == address(tree) &&
                header.registry == address(this);
        if (isOurs) return;
        revert ICheckpointRegistry.CheckpointRegistryForeign(
            header.networkId,
            header.chainId,
            header.noteTree,
            header.registry
        );
    }

    /// @notice Where the checkpoint begins: the operations and the root of the one it names, which is the one shown.
    /// @dev Reverts with `CheckpointRegistryPreviousWrong`.
    /// @param signed The checkpoint and its signatures.
    /// @param previous What is shown as the checkpoint before; ignored if none is named.
    /// @param emptyRoot The root of a log without operations.
    /// @return operations How many there were.
    /// @return root The root after them.
    function base(
        ICheckpointRegistry.Signed calldata signed,
        ICheckpointRegistry.Header calldata previous,
        bytes32 emptyRoot
    ) internal pure returns (uint256 operations, bytes32 root) {
        if (signed.header.previous == 0) return (0, emptyRoot);
        _requirePrevious(signed, previous);
        return (previous.operations, previous.root);
    }

    /// @notice Whether the checkpoint can follow the one it names, as far as no root has to be computed.
    /// @dev Reverts with `CheckpointRegistryPreviousWrong`.
    /// @param signed The checkpoint and its signatures.
    /// @param previous What is shown as the checkpoint before; ignored if none is named.
    /// @param emptyRoot The root of a log without operations.
    /// @return Whether it can.
    function isInOrder(
        ICheckpointRegistry.Signed calldata signed,
        ICheckpointRegistry.Header calldata previous,
        bytes32 emptyRoot
    ) internal pure returns (bool) {
        ICheckpointRegistry.Header calldata header = signed.header;
        if (header.previous != 0) {
            _requirePrevious(signed, previous);
            return follows(header, previous);
        }
        if (header.sequence != 1 || header.operations > MOST_ROOTS) return false;
        return header.operations > 0 || (header.logHash == 0 && header.root == emptyRoot);
    }

    /// @notice Whether one header can follow the other, as far as no root has to be computed.
    /// @param next A header.
    /// @param previous The one before it.
    /// @return Whether it can.
    function follows(
        ICheckpointRegistry.Header calldata next,
        ICheckpointRegistry.Header calldata previous
    ) internal pure returns (bool) {
        if (
            next.networkId != previous.networkId ||
            next.chainId != previous.chainId ||
            next.noteTree != previous.noteTree ||
            next.registry != previous.registry
        ) return false;
        if (next.sequence == 0 || next.sequence - 1 != previous.sequence) return false;
        if (next.issuedAt < previous.issuedAt || next.operations < previous.operations) return false;
        if (next.operations - previous.operations > MOST_ROOTS) return false;
        bool isSameLog = next.logHash == previous.logHash && next.root == previous.root;
        return next.operations != previous.operations || isSameLog;
    }

    /// @notice Reverts unless these are the signed roots.
    /// @dev Reverts with `CheckpointRegistryRootsWrong`.
    /// @param signed The checkpoint and its signatures.
    /// @param roots What is shown.
    function requireRoots(ICheckpointRegistry.Signed calldata signed, bytes32[] calldata roots) internal pure {
        bytes32 rootsHash = keccak256(abi.encodePacked(roots));
        if (rootsHash != signed.header.rootsHash) revert ICheckpointRegistry.CheckpointRegistryRootsWrong(rootsHash);
    }

    /// @notice Whether the log is longer than the tree's, or differs from it.
    /// @param signed The checkpoint and its signatures.
    /// @param tree The note tree.
    /// @return Whether it is false.
    function isLogFalse(ICheckpointRegistry.Signed calldata signed, INoteTree tree) internal view returns (bool) {
        uint256 operations = signed.header.operations;
        return operations > tree.operationCount() || signed.header.logHash != tree.chainAt(operations);
    }

    /// @notice Whether the time is ahead of the chain's, or the block's hash is known and another.
    /// @param signed The checkpoint and its signatures.
    /// @return Whether it is false.
    function isBlockFalse(ICheckpointRegistry.Signed calldata signed) internal view returns (bool) {
        if (signed.header.issuedAt > block.timestamp + AHEAD) return true;
        bytes32 known = blockhash(signed.header.blockNumber);
        return known != 0 && known != signed.header.blockHash;
    }

    /// @notice Whether a secret is listed that never was out, or is left out though tickets made with it may count; or
    /// the list does not ascend, as it could be filled with one secret to leave out all others.
    /// @dev Reverts with `CheckpointRegistryLeaksWrong`.
    /// @param signed The checkpoint and its signatures.
    /// @param leaks The secrets that were signed.
    /// @param secret The one that is listed or left out.
    /// @param tree The note tree.
    /// @return Whether they are false.
    function areLeaksFalse(
        ICheckpointRegistry.Signed calldata signed,
        uint256[] calldata leaks,
        uint256 secret,
        INoteTree tree
    ) internal view returns (bool) {
        bytes32 leaksHash = keccak256(abi.encodePacked(leaks));
        if (leaksHash != signed.header.leaksHash) revert ICheckpointRegistry.CheckpointRegistryLeaksWrong(leaksHash);
        bool isListed = false;
        for (uint256 i = 0; i < leaks.length; ++i) {
            if (i > 0 && leaks[i] <= leaks[i - 1]) return true;
            isListed = isListed || leaks[i] == secret;
        }
        INoteTree.Leak memory leak = tree.leakOf(secret);
        uint256 issuedAt = signed.header.issuedAt;
        if (isListed) return leak.since == 0 || issuedAt > leak.until;
        return leaks.length < MOST_LEAKS && leak.since != 0 && issuedAt > leak.since && issuedAt <= leak.until;
    }

    function _requirePrevious(
        ICheckpointRegistry.Signed calldata signed,
        ICheckpointRegistry.Header calldata previous
    ) private pure {
        bytes32 shown = digestOf(previous);
        if (shown != signed.header.previous) revert ICheckpointRegistry.CheckpointRegistryPreviousWrong(shown);
    }
}
