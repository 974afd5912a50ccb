// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {PoseidonT5} from "poseidon-solidity/PoseidonT5.sol";
import {ICheckpointRegistry} from "../interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "../interfaces/INoteTree.sol";
import {NoteLog} from "./NoteLog.sol";

/// @title TreeStep
/// @notice What one operation of the log does to the note tree's root. Used only in disputes: 41 Poseidon hashes.
library TreeStep {
    uint256 internal constant DEPTH = 20;

    /// @notice The root after operation number `index`, where `before` is the root before it.
    /// @dev Reverts with `CheckpointRegistryOperationWrong`, or `CheckpointRegistryPathWrong`.
    /// @param step The operation, and what it found.
    /// @param tree The note tree.
    /// @param index The operation's number, or the leaf's place.
    /// @param before The root before it.
    /// @return The root after it.
    function apply_(
        ICheckpointRegistry.Step calldata step,
        INoteTree tree,
        uint256 index,
        uint256 before
    ) internal view returns (uint256) {
        INoteTree.Operation calldata operation = step.operation;
        // The chain covers the operation's number too.
        bytes32 next = NoteLog.next(tree.chainAt(index), operation);
        if (next != tree.chainAt(index + 1)) {
            revert ICheckpointRegistry.CheckpointRegistryOperationWrong(index);
        }
        if (rootOf(step.leaf, operation.leafIndex, step.siblings) != before) {
            revert ICheckpointRegistry.CheckpointRegistryPathWrong(before);
        }
        return rootOf(leafOf(operation), operation.leafIndex, step.siblings);
    }

    /// @notice What an operation leaves at its place: P(commitment, classId, limit, expiry), or 0.
    /// @param operation The operation.
    /// @return The leaf.
    function leafOf(INoteTree.Operation calldata operation) internal pure returns (uint256) {
        if (operation.kind == NoteLog.ZERO) return 0;
        return PoseidonT5.hash([operation.commitment, operation.classId, operation.limit, operation.expiry]);
    }

    /// @notice The root of the tree that has `leaf` at `index`.
    /// @param leaf The leaf.
    /// @param index The operation's number, or the leaf's place.
    /// @param siblings The path from the leaf to the root.
    /// @return node The root.
    function rootOf(
        uint256 leaf,
        uint256 index,
        uint256[DEPTH] calldata siblings
    ) internal pure returns (uint256 node) {
        node = leaf;
        for (uint256 level = 0; level < DEPTH; ++level) {
            bool isRight = (index >> level) & 1 == 1;
            node = isRight ? PoseidonT3.hash([siblings[level], node]) : PoseidonT3.hash([node, siblings[level]]);
        }
    }

    /// @notice The root of the tree that has no leaves.
    /// @return node The root.
    function emptyRoot() internal pure returns (uint256 node) {
        for (uint256 level = 0; level < DEPTH; ++level) node = PoseidonT3.hash([node, node]);
    }
}
